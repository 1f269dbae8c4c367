#!/bin/bash
# Runs once, when the database is made: the owner of the tables, and the role that the portal connects as.
set -euo pipefail
psql --set=ON_ERROR_STOP=1 --set=owner="$OWNER_PASSWORD" --set=app="$APP_PASSWORD" --username postgres <<'SQL'
CREATE ROLE governance_owner LOGIN PASSWORD :'owner';
CREATE ROLE portal_app LOGIN PASSWORD :'app';
CREATE DATABASE governance OWNER governance_owner;
SQL
