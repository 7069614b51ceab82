# Two stages: the first builds the environment and the assets, the second runs it as nobody special.
# Migrations are a separate command, run once before a new version serves:
#   docker run --env-file muster.env muster muster migrate
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /srv/muster
RUN pip install --no-cache-dir --root-user-action=ignore uv==0.13.9
COPY pyproject.toml uv.lock package.json package-lock.json LICENSE README.md ./
COPY scripts/build_assets.py scripts/build_assets.py
COPY app app
RUN uv sync --frozen --no-dev --no-editable --compile-bytecode

FROM ${BASE} AS run
RUN useradd --no-log-init --uid 10001 --create-home --home-dir /var/lib/muster --shell /usr/sbin/nologin muster
# pg_dump and pg_restore for `muster backup` must not be older than the server, as Debian's own are.
# Whoever has a mirror of them names it: --build-arg PGDG=… --build-arg PGDG_SIGNER=…
ARG PGDG=https://apt.postgresql.org/pub/repos/apt
ARG PGDG_SIGNER=https://www.postgresql.org/media/keys/ACCC4CF8.asc
# hadolint ignore=DL3020
ADD ${PGDG_SIGNER} /usr/share/keyrings/pgdg.asc
RUN chmod 644 /usr/share/keyrings/pgdg.asc \
    && . /etc/os-release \
    && echo "deb [signed-by=/usr/share/keyrings/pgdg.asc] $PGDG $VERSION_CODENAME-pgdg main" \
      > /etc/apt/sources.list.d/pgdg.list \
    && apt-get update \
    && apt-get install -y --no-install-recommends "postgresql-client-18=18.*" \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/muster
COPY --from=build /srv/muster/.venv .venv
ENV PATH=/srv/muster/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["muster", "serve", "--host", "0.0.0.0", "--port", "8000"]
