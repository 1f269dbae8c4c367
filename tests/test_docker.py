"""The files in docker/ agree with each other, with the settings and with the documentation."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from apps.notifications import heartbeat
from apps.portal import health
from governance import healthcheck

ROOT = Path(settings.BASE_DIR)
COMPOSE_TEXT = (ROOT / "docker/compose.yaml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()
CADDYFILE = (ROOT / "docker/Caddyfile").read_text()
EXAMPLE = (ROOT / "docker/.env.example").read_text()
OPERATING = (ROOT / "docs/operating.md").read_text()
PORTAL = {"web", "worker", "beat", "signer", "migrate"}
DATA, READS, WRITES = (
    "portal-data:/var/lib/portal",
    "checkpoints:/var/lib/checkpoints:ro",
    "checkpoints:/var/lib/checkpoints",
)
KEY = "signing-key:/var/lib/signer"
VOLUMES = {"web": [DATA, READS], "worker": [DATA, READS], "beat": [DATA], "migrate": [DATA], "signer": [KEY, WRITES]}
READ = set(re.findall(r'(?:env\.\w+|switch)\(\s*"(\w+)"', (ROOT / "governance/settings.py").read_text()))


def asked_for(text):
    """The variables that have to come from outside: {name: whether there is a default}."""
    return {name: bool(rest) for name, rest in re.findall(r"(?<!\$)\$\{(\w+)(?::\?|:-([^}]*))?}", text)}


class TestSettings:
    @pytest.mark.parametrize("service", sorted(PORTAL))
    def test_every_variable_of_the_portal_is_one_that_the_settings_read(self, service):
        assert set(SERVICES[service]["environment"]) <= READ

    @pytest.mark.parametrize("service", sorted(PORTAL))
    def test_every_variable_of_the_portal_is_documented(self, service):
        assert [name for name in SERVICES[service]["environment"] if f"`{name}`" not in OPERATING] == []

    def test_all_processes_have_the_same_settings_but_for_the_owner_who_migrates_and_the_key_of_the_signer(self):
        web, migrate = SERVICES["web"]["environment"], SERVICES["migrate"]["environment"]
        assert SERVICES["worker"]["environment"] == SERVICES["beat"]["environment"] == web
        differs = {name for name in migrate if migrate[name] != web.get(name)}
        assert differs == {"DATABASE_URL", "DATABASE_APP_ROLE"}
        signer = dict(SERVICES["signer"]["environment"])
        del signer["LEDGER_SIGNING_KEY_FILE"]
        assert signer == web

    def test_the_portal_connects_as_the_role_that_owns_nothing(self):
        roles = (ROOT / "docker/roles.sh").read_text()
        assert "CREATE ROLE portal_app" in roles
        assert "OWNER governance_owner" in roles
        assert "://portal_app:" in SERVICES["web"]["environment"]["DATABASE_URL"]
        migrate = SERVICES["migrate"]["environment"]
        assert "://governance_owner:" in migrate["DATABASE_URL"]
        assert migrate["DATABASE_APP_ROLE"] == "portal_app"

    def test_it_is_production_behind_a_proxy(self):
        web = SERVICES["web"]["environment"]
        assert (web["PRODUCTION"], web["BEHIND_PROXY"]) == ("true", "true")


class TestSecrets:
    def test_none_has_a_default(self):
        assert {name for name, has_default in asked_for(COMPOSE_TEXT).items() if has_default} == {"TIME_ZONE"}

    def test_the_example_names_all_of_them_and_gives_none(self):
        example = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, flags=re.MULTILINE))
        assert set(example) == set(asked_for(COMPOSE_TEXT))
        assert {name: value for name, value in example.items() if value} == {"TIME_ZONE": "UTC"}

    def test_what_is_filled_in_stays_out_of_the_repository_and_the_image(self):
        assert "docker/.env" in (ROOT / ".gitignore").read_text().splitlines()
        assert (ROOT / "docker/Dockerfile.dockerignore").read_text().splitlines()[0] == "*"

    def test_none_stands_in_the_files(self):
        assert re.findall(r"://\w+:[^$@{][^@]*@", COMPOSE_TEXT) == []


class TestProcesses:
    def test_images_are_pinned_by_version_and_digest(self):
        images = {service["image"] for service in SERVICES.values()} - {"governance-portal:local"}
        images |= set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
        pinned = re.compile(r"[a-z]+:\d+\.\d+(\.\d+)?-[a-z]+(-[a-z]+)?@sha256:[0-9a-f]{64}")
        assert {image for image in images if not pinned.fullmatch(image)} == {"postgres:17.12-bookworm"}

    def test_the_database_has_what_makes_restoring_a_dump_safe(self):
        major, minor = map(int, re.search(r"postgres:(\d+)\.(\d+)", SERVICES["db"]["image"]).groups())
        assert minor >= {15: 20, 16: 16, 17: 12, 18: 7}[major]

    def test_celery_starts_our_application(self):
        for name in ("worker", "beat"):
            assert SERVICES[name]["command"][:4] == ["celery", "-A", "governance", name]
        assert (ROOT / "governance/celery.py").exists()

    def test_there_is_one_beat(self):
        assert "deploy" not in SERVICES["beat"]

    def test_the_proxy_the_image_and_the_health_check_speak_of_one_port(self):
        [port] = re.findall(r"reverse_proxy web:(\d+)", CADDYFILE)
        assert f"EXPOSE {port}" in DOCKERFILE
        assert f"0.0.0.0:{port}" in DOCKERFILE
        assert int(port) == healthcheck.PORT

    def test_the_health_check_is_that_of_the_portal(self):
        assert SERVICES["web"]["healthcheck"]["test"] == ["CMD", "python", "-m", healthcheck.__name__]

    @pytest.mark.parametrize("service", ["worker", "beat"])
    def test_worker_and_beat_are_asked_after_at_the_web_process(self, service):
        assert SERVICES[service]["healthcheck"]["test"] == [
            "CMD",
            "python",
            "-m",
            healthcheck.__name__,
            service,
            "web",
        ]
        assert {"web", service} <= set(SERVICES) & {"web", *health.ALL}

    def test_a_health_check_has_the_time_that_an_answer_takes(self):
        for service in PORTAL - {"migrate"}:
            assert int(SERVICES[service]["healthcheck"]["timeout"].removesuffix("s")) > health.ANSWER_SECONDS

    @pytest.mark.django_db(transaction=True)
    def test_the_health_check_tells_a_well_portal_from_none(self, live_server, settings):
        port = int(live_server.url.rpartition(":")[2])
        assert healthcheck.is_healthy(port=port)
        assert not healthcheck.is_healthy("worker", "localhost", port=port)
        heartbeat.write()
        assert healthcheck.is_healthy("worker", "localhost", port=port)
        with pytest.raises(OSError, match="refused"):
            healthcheck.is_healthy(port=1)

    def test_the_portal_starts_after_its_database_is_migrated(self):
        assert SERVICES["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
        for name in PORTAL - {"migrate"}:
            assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}

    @pytest.mark.parametrize("service", sorted(PORTAL))
    def test_the_portal_may_do_no_more_than_it_needs(self, service):
        wanted = SERVICES[service]
        assert wanted["read_only"]
        assert wanted["cap_drop"] == ["ALL"]
        assert wanted["volumes"] == VOLUMES[service]
        assert "\nUSER portal\n" in DOCKERFILE

    def test_only_the_signer_has_the_key(self):
        """And nothing else that could give it away: it takes no requests and does no tasks."""
        assert [name for name, service in SERVICES.items() if KEY in service.get("volumes", [])] == ["signer"]
        signer = SERVICES["signer"]
        assert signer["command"] == ["python", "manage.py", "sign_checkpoints"]
        folder = signer["environment"]["LEDGER_SIGNING_KEY_FILE"].rpartition("/")[0]
        assert KEY.endswith(f":{folder}")
        assert f"/var/lib/portal {folder} /var/lib/checkpoints" in DOCKERFILE

    def test_only_the_proxy_can_be_reached_from_outside(self):
        assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}

    def test_every_volume_and_file_exists(self):
        mounted = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
        files = {name for name in mounted if name.startswith("./")}
        assert mounted - files == set(COMPOSE["volumes"])
        assert [name for name in files if not (ROOT / "docker" / name).exists()] == []


class TestImage:
    def test_holds_everything_that_the_portal_needs(self):
        copied = set(re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE))
        names = {name for line in copied for name in line.split()}
        let_in = set(re.findall(r"^!(\S+)", (ROOT / "docker/Dockerfile.dockerignore").read_text(), flags=re.MULTILINE))
        assert names == let_in
        assert {"manage.py", "governance", "apps", "templates", "static", "requirements"} <= names
        assert [name for name in names if not (ROOT / name).exists()] == []

    def test_starts_the_web_process_of_the_portal(self):
        assert 'CMD ["python", "-m", "governance.serving", ' in DOCKERFILE
        assert (ROOT / "governance/serving/__main__.py").exists()

    def test_keeps_its_data_where_compose_mounts_the_volume(self):
        assert "VAR_DIR=/var/lib/portal" in DOCKERFILE
