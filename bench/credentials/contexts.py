"""Where credentials stand in repositories: each context writes one into a file of a plausible name."""
import base64
import json
from html import escape

OPEN, CLOSE = "\ue000", "\ue001"
PLAIN = ("key", "token", "secret", "password", "conn", "webhook")
SIMPLE = ("key", "token", "secret", "password")
CONTEXTS = {}


class Case:
    """One credential with the names it goes by; `raw`, `js` and others give the value, marked and escaped."""

    def __init__(self, provider, shape, value, ids, rnd):
        self.provider, self.shape, self.value, self.ids, self.rnd = provider, shape, value, ids, rnd
        self.kind, self.host, self.sdk = shape["kind"], provider["host"], provider["sdk"]
        self.name = rnd.choice(shape["names"])
        self.option = shape["option"]
        self.stem = provider["slug"].replace("-", "_")

    @property
    def raw(self):
        return mark(self.value)

    @property
    def js(self):
        return mark(json.dumps(self.value, ensure_ascii=False)[1:-1])

    @property
    def xml(self):
        return mark(escape(self.value))

    @property
    def shell(self):
        quote = "'" if "$" in self.value or "!" in self.value else self.rnd.choice(["", '"', "'"])
        if not quote and not all(c.isalnum() or c in "-_./:+=@%" for c in self.value):
            quote = "'"
        return quote + self.raw + quote

    @property
    def yaml(self):
        value = self.value
        plain = value[0].isalnum() and not any(c in value for c in "#&*!|>'\"%@`{}[],") and ": " not in value
        digits = value.replace(".", "").isdigit() or value[-1] == ":"
        quote = '"' if not plain or digits else self.rnd.choice(["", '"', "'"])
        return quote + self.raw + quote

    @property
    def b64(self):
        return mark(base64.b64encode(self.value.encode()).decode())

    def cased(self, form):
        words = [w for w in f"{self.stem}_{self.option}".split("_") if w]
        if self.option.startswith(self.stem):
            words = [w for w in self.option.split("_") if w]
        return recase(words, form)

    def short(self, form):
        return recase([w for w in self.option.split("_") if w], form)

    def lines(self, line):
        """The companions that are no secret, one line each; `line` takes a name and a value."""
        return "".join(line(name, value) for name, value in self.ids)


def recase(words, form):
    if form == "camel":
        return words[0] + "".join(w.capitalize() for w in words[1:])
    if form == "pascal":
        return "".join(w.capitalize() for w in words)
    return {"kebab": "-", "snake": "_", "dot": "."}[form].join(words)


def mark(text):
    return OPEN + text + CLOSE


def context(*paths, kinds=PLAIN, when=None):
    """Registers a context: the paths it may have, the kinds of credentials it holds, and a further condition."""

    def register(function):
        CONTEXTS[function.__name__] = (function, paths, kinds, when)
        return function

    return register


def fits(name, provider, shape):
    _, _, kinds, when = CONTEXTS[name]
    return shape["kind"] in kinds and (when is None or when(provider, shape))


@context(".env", ".env.production", "config/.env.staging", "deploy/app.env")
def dotenv(c):
    ids = c.lines(lambda n, v: f"{n}={v}\n")
    return f"APP_ENV=production\nPORT=8080\nLOG_LEVEL=info\n{ids}{c.name}={c.shell}\nFEATURE_BETA=false\n"


@context("scripts/deploy.sh", "bin/start.sh", "ops/release.sh")
def shell_export(c):
    ids = c.lines(lambda n, v: f'export {n}="{v}"\n')
    return f"#!/usr/bin/env bash\nset -euo pipefail\n\n{ids}export {c.name}={c.shell}\nexport REGION=eu-west-1\n\n./bin/server --port 8080\n"


@context("Dockerfile", "docker/api.Dockerfile")
def dockerfile_env(c):
    ids = c.lines(lambda n, v: f"ENV {n}={v}\n")
    return f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n{ids}ENV {c.name}={c.shell}\nCMD [\"python\", \"-m\", \"app\"]\n"


@context("Dockerfile", "build/Dockerfile")
def dockerfile_arg(c):
    return f"FROM node:22-alpine AS build\nARG NODE_ENV=production\nARG {c.name}={c.shell}\nRUN npm ci && npm run build\n"


@context("docker-compose.yml", "compose.prod.yaml")
def compose_map(c):
    ids = c.lines(lambda n, v: f"      {n}: {v}\n")
    return f"services:\n  api:\n    image: registry.local/api:2.4\n    environment:\n      LOG_LEVEL: info\n{ids}      {c.name}: {c.yaml}\n    ports:\n      - \"8080:8080\"\n"


@context("docker-compose.yml", "docker-compose.override.yml")
def compose_list(c):
    ids = c.lines(lambda n, v: f"      - {n}={v}\n")
    return f"version: '3.8'\nservices:\n  worker:\n    build: .\n    environment:\n{ids}      - {c.name}={c.raw}\n      - WORKERS=4\n"


@context("k8s/deployment.yaml", "deploy/base/deployment.yml")
def kubernetes_env(c):
    return (f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\nspec:\n  template:\n    spec:\n      containers:\n"
            f"        - name: api\n          image: registry.local/api:2.4\n          env:\n            - name: LOG_LEVEL\n"
            f"              value: info\n            - name: {c.name}\n              value: {c.yaml}\n")


@context("k8s/secret.yaml", "deploy/secrets.yml")
def kubernetes_secret(c):
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: api-credentials\n  namespace: shop\ntype: Opaque\ndata:\n  {c.name}: {c.b64}\n"


@context("k8s/secret.yaml")
def kubernetes_string_data(c):
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {c.stem.replace('_', '-')}\nstringData:\n  {c.short('kebab')}: {c.yaml}\n"


@context("k8s/configmap.yaml")
def kubernetes_config_map(c):
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: api-config\ndata:\n  LOG_LEVEL: info\n  {c.name}: {c.yaml}\n"


@context("config/application.yml", "config/settings.yaml", "conf/production.yml")
def yaml_nested(c):
    form = c.rnd.choice(["snake", "kebab", "camel"])
    return f"server:\n  port: 8080\n{c.stem}:\n  enabled: true\n  timeout: 30\n  {c.short(form)}: {c.yaml}\nlogging:\n  level: info\n"


@context("deploy/values.yaml", "charts/api/values.yaml")
def helm_values(c):
    return f"replicaCount: 2\nimage:\n  repository: registry.local/api\n  tag: \"2.4\"\nenv:\n  {c.name}: {c.yaml}\nservice:\n  port: 80\n"


@context("ansible/group_vars/all.yml", "roles/api/defaults/main.yml")
def ansible_vars(c):
    return f"---\napi_port: 8080\napi_user: deploy\n{c.cased('snake')}: {c.yaml}\n"


@context("config/production.json", "src/config.json")
def json_nested(c):
    form = c.rnd.choice(["snake", "camel"])
    return f'{{\n  "server": {{ "port": 8080 }},\n  "{c.stem}": {{\n    "enabled": true,\n    "{c.short(form)}": "{c.js}"\n  }}\n}}\n'


@context("appsettings.json", "src/Api/appsettings.Production.json")
def json_app_settings(c):
    return f'{{\n  "Logging": {{ "LogLevel": {{ "Default": "Information" }} }},\n  "{recase(c.stem.split("_"), "pascal")}": {{\n    "{c.short("pascal")}": "{c.js}"\n  }},\n  "AllowedHosts": "*"\n}}\n'


@context("config/env.json", "lambda/env.json")
def json_flat(c):
    ids = c.lines(lambda n, v: f'  "{n}": "{v}",\n')
    return f'{{\n  "LOG_LEVEL": "info",\n{ids}  "{c.name}": "{c.js}"\n}}\n'


@context("config.toml", "wrangler.toml", "config/prod.toml")
def toml(c):
    return f'[server]\nport = 8080\n\n[{c.stem}]\n{c.short("snake")} = "{c.js}"\ntimeout = 30\n'


@context("config.ini", "etc/app.cfg", "conf/settings.ini")
def ini(c):
    return f"[server]\nport = 8080\n\n[{c.stem}]\n{c.short('snake')} = {c.raw}\nretries = 3\n"


@context("src/main/resources/application.properties", "conf/app.properties")
def properties(c):
    return f"server.port=8080\nspring.application.name=orders\n{c.stem.replace('_', '-')}.{c.short('kebab')}={c.raw}\nmanagement.endpoint.health.enabled=true\n"


@context("Web.config", "src/App.config")
def xml_app_settings(c):
    return f'<?xml version="1.0" encoding="utf-8"?>\n<configuration>\n  <appSettings>\n    <add key="PageSize" value="50" />\n    <add key="{c.cased("pascal")}" value="{c.xml}" />\n  </appSettings>\n</configuration>\n'


@context("conf/services.xml", "config/integration.xml")
def xml_element(c):
    form = c.rnd.choice(["camel", "kebab"])
    return f"<services>\n  <{c.stem}>\n    <timeout>30</timeout>\n    <{c.short(form)}>{c.xml}</{c.short(form)}>\n  </{c.stem}>\n</services>\n"


@context("app/src/main/res/values/strings.xml", "app/src/main/res/values/keys.xml")
def android_strings(c):
    return f'<resources>\n    <string name="app_name">Orders</string>\n    <string name="{c.cased("snake")}">{c.xml}</string>\n</resources>\n'


@context("ios/App/Info.plist", "ios/App/Config.plist")
def plist(c):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n<dict>\n\t<key>CFBundleName</key>\n\t<string>Orders</string>\n\t<key>{c.cased("pascal")}</key>\n\t<string>{c.xml}</string>\n</dict>\n</plist>\n'


@context("infra/variables.tf")
def terraform_variable(c):
    return f'variable "region" {{\n  default = "eu-west-1"\n}}\n\nvariable "{c.cased("snake")}" {{\n  type    = string\n  default = "{c.js}"\n}}\n'


@context("infra/providers.tf", "infra/main.tf")
def terraform_provider(c):
    return f'terraform {{\n  required_version = ">= 1.9"\n}}\n\nprovider "{c.stem}" {{\n  {c.short("snake")} = "{c.js}"\n}}\n'


@context("infra/lambda.tf")
def terraform_environment(c):
    return f'resource "aws_lambda_function" "worker" {{\n  function_name = "worker"\n  handler       = "main.handler"\n  environment {{\n    variables = {{\n      LOG_LEVEL = "info"\n      {c.name} = "{c.js}"\n    }}\n  }}\n}}\n'


@context("infra/prod.tfvars", "terraform.tfvars")
def tfvars(c):
    return f'region = "eu-west-1"\n{c.cased("snake")} = "{c.js}"\n'


@context(".github/workflows/deploy.yml", ".github/workflows/release.yaml")
def github_actions(c):
    return f"name: deploy\non: [push]\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    env:\n      {c.name}: {c.yaml}\n    steps:\n      - uses: actions/checkout@v4\n      - run: make deploy\n"


@context(".gitlab-ci.yml")
def gitlab_ci(c):
    return f"stages: [build, deploy]\nvariables:\n  GIT_DEPTH: 10\n  {c.name}: {c.yaml}\ndeploy:\n  stage: deploy\n  script:\n    - make deploy\n"


@context("src/settings.py", "app/config.py", "core/constants.py")
def python_constant(c):
    ids = c.lines(lambda n, v: f'{n} = "{v}"\n')
    return f'"""Settings of the service."""\nDEBUG = False\nTIMEOUT = 30\n{ids}{c.name} = "{c.js}"\n'


@context("app/config.py", "src/services/registry.py")
def python_dict(c):
    return f'SERVICES = {{\n    "{c.stem}": {{\n        "host": "{c.host}",\n        "{c.short("snake")}": "{c.js}",\n    }},\n}}\n'


@context("src/client.py", "app/integrations.py")
def python_constructor(c):
    return f'from {c.stem} import {c.sdk}\n\n\ndef build():\n    return {c.sdk}({c.short("snake")}="{c.js}", timeout=30)\n'


@context("src/bootstrap.py", "jobs/nightly.py")
def python_environ(c):
    return f'import os\n\nos.environ["{c.name}"] = "{c.js}"\nos.environ["TZ"] = "UTC"\n'


@context("src/config.js", "config/index.js", "lib/settings.mjs")
def javascript_object(c):
    return f"module.exports = {{\n  port: 8080,\n  {c.cased('camel')}: '{c.js}',\n  retries: 3,\n}};\n"


@context("src/config.ts", "src/environments/environment.prod.ts")
def typescript_nested(c):
    return f"export const environment = {{\n  production: true,\n  {recase(c.stem.split('_'), 'camel')}: {{\n    {c.short('camel')}: '{c.js}',\n  }},\n}};\n"


@context("src/lib/client.ts", "server/services.ts")
def typescript_constructor(c):
    return f'import {{ {c.sdk} }} from "{c.stem}";\n\nexport const client = new {c.sdk}({{ {c.short("camel")}: "{c.js}" }});\n'


@context("internal/config/config.go", "pkg/client/client.go")
def go_constant(c):
    return f'package config\n\nconst (\n\tPort = 8080\n\t{c.cased("camel")} = "{c.js}"\n)\n'


@context("internal/clients/clients.go", "cmd/server/main.go")
def go_struct(c):
    return f'package clients\n\nfunc New() *Client {{\n\treturn &Client{{\n\t\tHost: "{c.host}",\n\t\t{c.cased("pascal")}: "{c.js}",\n\t}}\n}}\n'


@context("src/main/java/com/shop/Config.java")
def java_field(c):
    return f'package com.shop;\n\npublic final class Config {{\n    private static final String {c.cased("snake").upper()} = "{c.js}";\n    private static final int TIMEOUT = 30;\n}}\n'


@context("src/main/kotlin/com/shop/Config.kt")
def kotlin_field(c):
    return f'package com.shop\n\nobject Config {{\n    const val TIMEOUT = 30\n    const val {c.cased("snake").upper()} = "{c.js}"\n}}\n'


@context("src/Api/Settings.cs")
def csharp_field(c):
    return f'namespace Shop.Api;\n\npublic static class Settings\n{{\n    public const int Timeout = 30;\n    private const string {c.cased("pascal")} = "{c.js}";\n}}\n'


@context("config/initializers/services.rb", "lib/clients.rb")
def ruby_hash(c):
    return f"SERVICES = {{\n  {c.stem}: {{\n    host: '{c.host}',\n    {c.short('snake')}: '{c.js}'\n  }}\n}}.freeze\n"


@context("config/initializers/setup.rb")
def ruby_configure(c):
    return f"{c.sdk}.configure do |config|\n  config.{c.short('snake')} = '{c.js}'\n  config.timeout = 30\nend\n"


@context("config/services.php")
def php_array(c):
    return f"<?php\n\nreturn [\n    '{c.stem}' => [\n        'host' => '{c.host}',\n        '{c.short('snake')}' => '{c.js}',\n    ],\n];\n"


@context("wp-config.php", "config/local.php")
def php_define(c):
    return f"<?php\ndefine('APP_ENV', 'production');\ndefine('{c.name}', '{c.js}');\n"


@context("src/config.rs")
def rust_constant(c):
    return f'//! Settings.\npub const TIMEOUT: u64 = 30;\npub const {c.cased("snake").upper()}: &str = "{c.js}";\n'


@context("Sources/App/Config.swift")
def swift_constant(c):
    return f'import Foundation\n\nenum Config {{\n    static let timeout = 30\n    static let {c.cased("camel")} = "{c.js}"\n}}\n'


@context("lib/config.dart")
def dart_constant(c):
    return f"class Config {{\n  static const timeout = 30;\n  static const String {c.cased('camel')} = '{c.js}';\n}}\n"


@context("gradle.properties")
def gradle_properties(c):
    return f"org.gradle.jvmargs=-Xmx2g\nandroid.useAndroidX=true\n{c.cased('camel')}={c.raw}\n"


@context("scripts/sync.sh", "bin/migrate.sh", kinds=SIMPLE)
def command_line_flag(c):
    tool, flag = c.stem.replace("_", "-"), c.short("kebab")
    return f"#!/bin/sh\nset -e\n{tool} sync --region eu --{flag}{c.rnd.choice(['=', ' '])}{c.shell} --output build/\n"


@context("Makefile", kinds=SIMPLE, when=lambda p, f: "$" not in f["value"])
def makefile_flag(c):
    tool, flag = c.stem.replace("_", "-"), c.short("kebab")
    return f"sync:\n\t{tool} sync --region eu --{flag}{c.rnd.choice(['=', ' '])}{c.shell} --output build/\n"


@context("scripts/ping.sh", "ops/check.sh", kinds=("key", "token"), when=lambda p, f: "header" in p and "." in p["host"])
def curl_header(c):
    header = c.provider["header"]
    header += "" if header.endswith("=") else " "
    return f'#!/bin/sh\ncurl -sS -X POST "https://{c.host}/v1/items" \\\n  -H "Content-Type: application/json" \\\n  -H "{header}{c.raw}"\n'


@context("src/api.py", "jobs/export.py", kinds=("key", "token"), when=lambda p, f: "header" in p and "." in p["host"])
def python_headers(c):
    name, _, scheme = c.provider["header"].partition(":")
    scheme = scheme.strip() + ("" if scheme.endswith("=") or not scheme.strip() else " ")
    return f'import requests\n\nHEADERS = {{\n    "Accept": "application/json",\n    "{name}": "{scheme}{c.js}",\n}}\nrows = requests.get("https://{c.host}/v1/items", headers=HEADERS, timeout=30).json()\n'


@context("src/api.js", "web/fetch.ts", kinds=("key", "token"), when=lambda p, f: "query" in p)
def url_query(c):
    return f'const base = "https://{c.host}/v1/search?q=berlin&limit=10&{c.provider["query"]}={c.raw}";\n'


@context("logs/app.log", "var/log/worker.log", kinds=SIMPLE)
def log_line(c):
    return (f"2026-03-14T08:12:44Z INFO  boot  listening on 0.0.0.0:8080\n"
            f"2026-03-14T08:12:44Z DEBUG config loaded {c.name}={c.raw} from environment\n2026-03-14T08:12:45Z INFO  boot  ready\n")


@context("RUNBOOK.md", "ops/deployment.md", "README.md")
def markdown(c):
    return f"# Deployment\n\nExport the credential, then start the worker:\n\n```sh\nexport {c.name}={c.shell}\nmake run\n```\n"


@context("analysis/report.ipynb", "research/churn.ipynb")
def notebook(c):
    source = ["import os\n", f'os.environ["{c.name}"] = "{c.value}"\n', "import pandas as pd"]
    at = [json.dumps(line) for line in source]
    at[1] = at[1].replace(c.value, mark(c.value)) if json.dumps(c.value)[1:-1] == c.value else mark(at[1])
    cell = ",\n    ".join(at)
    return f'{{\n "cells": [\n  {{\n   "cell_type": "code",\n   "execution_count": 1,\n   "metadata": {{}},\n   "outputs": [],\n   "source": [\n    {cell}\n   ]\n  }}\n ],\n "metadata": {{}},\n "nbformat": 4,\n "nbformat_minor": 5\n}}\n'


@context("data/settings.csv", "export/integrations.csv", kinds=SIMPLE)
def csv_rows(c):
    return f"service,setting,value,updated\nmailer,sender,noreply,2026-01-03\n{c.stem},{c.short('snake')},{c.raw},2026-02-11\nsearch,page_size,50,2026-02-12\n"


@context("db/seed.sql", "migrations/0042_settings.sql")
def sql_insert(c):
    return f"INSERT INTO app_settings (name, value) VALUES\n  ('page_size', '50'),\n  ('{c.cased('snake')}', '{c.raw}');\n"


@context("db/update.sql", kinds=SIMPLE)
def sql_update(c):
    return f"UPDATE integrations\nSET enabled = 1, {c.short('snake')} = '{c.raw}'\nWHERE provider = '{c.stem}';\n"


@context(".netrc", "home/.netrc", kinds=("password", "token"), when=lambda p, f: "." in p["host"])
def netrc(c):
    return f"machine {c.host}\n  login deploy\n  password {c.raw}\n"


@context("scripts/clone.sh", "ops/bootstrap.sh", kinds=("token",), when=lambda p, f: p["slug"] in ("github", "gitlab", "bitbucket", "gitea", "huggingface") and "routable" not in f["value"])
def git_remote(c):
    return f"#!/bin/sh\ngit clone https://deploy:{c.raw}@{c.host.replace('api.', '')}/shop/orders.git\n"


@context("scripts/pull.sh", kinds=("password", "secret"), when=lambda p, f: bool(f.get("ids")) or "." in p["host"])
def curl_user(c):
    user = c.ids[-1][1] if c.ids else "deploy"
    host = c.host if "." in c.host else f"{c.stem}.shop.io"
    return f"#!/bin/sh\ncurl -sSf -u '{user}:{c.raw}' https://{host}/v1/export -o export.json\n"


@context("systemd/api.service", "deploy/worker.service")
def systemd_unit(c):
    return f'[Unit]\nDescription=api\n\n[Service]\nEnvironment="PORT=8080"\nEnvironment="{c.name}={c.raw}"\nExecStart=/usr/local/bin/api\n'


@context("scripts/deploy.ps1")
def powershell(c):
    return f"$ErrorActionPreference = 'Stop'\n$env:{c.name} = '{c.raw}'\n./publish.ps1 -Region eu\n"


@context("src/db.py", "src/store.ts", kinds=("password",), when=lambda p, f: p["slug"] in ("postgres", "mysql", "mongodb", "rabbitmq", "redis", "mssql", "couchbase", "clickhouse", "aiven", "neo4j") and "pass" not in f["value"] and "human" not in f["value"])
def connection_string(c):
    scheme = {"postgres": "postgresql", "mongodb": "mongodb", "rabbitmq": "amqp", "mssql": "mssql"}.get(c.stem, c.stem)
    return f'DATABASE_URL = "{scheme}://svc_orders:{c.raw}@db-3.{c.stem}.internal:5432/orders"\n'


@context(".git-credentials", "home/.npmrc", kinds=("token",), when=lambda p, f: p["slug"] in ("npm", "github", "gitlab", "jfrog", "bitbucket"))
def registry_file(c):
    host = {"npm": "registry.npmjs.org", "github": "npm.pkg.github.com"}.get(c.stem, c.host)
    return f"registry=https://{host}/\n//{host}/:_authToken={c.raw}\nalways-auth=true\n"


def block(text, indent):
    return ("\n" + " " * indent).join(text.split("\n"))


@context("certs/server.key", "deploy/id_deploy", "config/jwt.pem", kinds=("pem",))
def key_file(c):
    return c.raw + "\n"


@context(".env", "deploy/app.env", kinds=("pem",))
def dotenv_escaped(c):
    return f"PORT=8080\n{c.name}=\"{c.js}\\n\"\n"


@context("config/service-account.json", "src/credentials.json", kinds=("pem",))
def json_escaped(c):
    return f'{{\n  "type": "service_account",\n  "project_id": "orders-prod",\n  "private_key": "{c.js}\\n",\n  "client_email": "worker@orders-prod.iam.gserviceaccount.com"\n}}\n'


@context("config/keys.yml", "deploy/values.yaml", kinds=("pem",))
def yaml_block(c):
    return f"server:\n  port: 8080\n{c.cased('snake')}: |\n  {mark(block(c.value, 2))}\n"


@context("src/keys.py", kinds=("pem",))
def python_block(c):
    return f'{c.name} = """{c.raw}\n"""\n'


@context("infra/keys.tf", kinds=("pem",))
def terraform_heredoc(c):
    return f'resource "tls_key" "main" {{\n  {c.short("snake")} = <<EOT\n{c.raw}\nEOT\n}}\n'


@context("k8s/secret.yaml", kinds=("pem",))
def kubernetes_secret_pem(c):
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: keys\ndata:\n  {c.name}: {c.b64}\n"


def render(name, case):
    """The path and text of the case in the context, and the lines (first, last) that its value is on."""
    function, paths, _, _ = CONTEXTS[name]
    text = function(case)
    first = text[: text.index(OPEN)].count("\n") + 1
    last = text[: text.index(CLOSE)].count("\n") + 1
    return case.rnd.choice(paths), text.replace(OPEN, "").replace(CLOSE, ""), (first, last)
