# Passerelle's image: web, worker and beat all run from it, each with its own command.

# --- The front end --------------------------------------------------------------------------------
FROM node:24-slim AS frontend
WORKDIR /src/web/frontend
COPY web/frontend/package.json web/frontend/package-lock.json web/frontend/.npmrc ./
RUN npm ci
# All of it: styles that no template uses are left out of the build.
COPY . /src
RUN npm run build

# --- The packages, by hash ------------------------------------------------------------------------
FROM python:3.13-slim AS packages
RUN python -m venv /opt/venv
COPY requirements.lock .
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

# --- What runs ------------------------------------------------------------------------------------
FROM python:3.13-slim
RUN groupadd --system --gid 10001 passerelle \
 && useradd --system --uid 10001 --gid passerelle --home-dir /data --no-create-home passerelle \
 && install -d -o passerelle -g passerelle /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
COPY --from=frontend /src/web/static/dist web/static/dist
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PASSERELLE_ENV=production \
    PASSERELLE_DATA_DIR=/data \
    PROMETHEUS_MULTIPROC_DIR=/tmp/prometheus \
    GRANIAN_INTERFACE=wsgi \
    GRANIAN_WEBSOCKETS=false \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=4
# The values are for this step only; nothing connects anywhere and none of them stays in the image.
RUN SECRET_KEY=build-only ALLOWED_HOSTS=build DATABASE_URL=postgresql://build/build REDIS_URL=redis://build/0 \
    sh -c 'python -c "from config.dev.catalogues import compile_changed; compile_changed()" \
        && python manage.py collectstatic --noinput --verbosity 0' \
 && python -m compileall -q . \
 && rm -rf /tmp/prometheus
USER passerelle
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["granian", "config.wsgi:application"]
