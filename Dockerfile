# Two stages: one that can build, and a small one that runs as nobody in particular.
FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements.txt .
RUN /app/.venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY . .
RUN .venv/bin/python manage.py compile_catalogues \
    && .venv/bin/python manage.py prepare --static \
    && rm -rf var/secret_key var/keys && mkdir -p var/media var/keys

FROM python:3.11-slim
# What letters are set with (WeasyPrint); their typeface comes with the packages.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 libthai0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app portal
WORKDIR /app
COPY --from=build /app /app
RUN chown -R portal var/media var/keys && chmod 700 var/keys
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0
USER portal
EXPOSE 8000
CMD ["python", "manage.py", "serve", "--no-timers"]
