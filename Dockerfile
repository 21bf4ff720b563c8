# The portal in an image: no compiler, no Node, no root. Serves the database that DATABASE_URL names (see compose.yaml).
# With --build-arg DATABASE_PACKAGE=postgresql-postgis it holds a server as well and needs no other database.
FROM debian:trixie-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/portal
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv==0.13.9
# whom this image trusts, all tools trust: a certificate for a mirror is added in one place
ENV UV_SYSTEM_CERTS=1 NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
ENV UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1
COPY pyproject.toml uv.lock ./
RUN /opt/uv/bin/uv sync --frozen --group build
COPY frontend/package.json frontend/package-lock.json frontend/
RUN cd frontend && PATH="/srv/portal/.venv/bin:$PATH" npm ci --no-audit --no-fund
COPY frontend frontend
# Node has done its work once the front end is built: the second `sync` takes it out again
RUN cd frontend && PATH="/srv/portal/.venv/bin:$PATH" npm run build && rm -rf node_modules \
 && cd .. && /opt/uv/bin/uv sync --frozen
COPY alembic.ini ./
COPY migrations migrations
COPY seed seed
COPY app app
RUN python3 -m compileall -q app seed

FROM debian:trixie-slim
ARG DATABASE_PACKAGE=postgresql-client
# Debian would make a cluster of its own on port 5432 with a server package
RUN mkdir -p /etc/postgresql-common/createcluster.d \
 && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/portal.conf \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 $DATABASE_PACKAGE \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /var/lib/portal portal
COPY --from=build /srv/portal /srv/portal
WORKDIR /srv/portal
ENV PYTHONPATH=/srv/portal PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PORTAL_DATA=/var/lib/portal LANG=C.UTF-8
USER portal
VOLUME /var/lib/portal
EXPOSE 8000
HEALTHCHECK --start-period=120s --interval=30s --timeout=10s \
  CMD [".venv/bin/python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/health/live', timeout=8)"]
ENTRYPOINT [".venv/bin/python", "-m", "app.cli"]
CMD ["up", "--host", "0.0.0.0"]
