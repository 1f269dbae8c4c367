import os

from django.core.wsgi import get_wsgi_application

from governance import patience

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
os.environ[patience.PROCESS] = patience.WEB

application = get_wsgi_application()

from governance.starting import require_fit  # noqa: E402 - models are there only from here on

require_fit()
