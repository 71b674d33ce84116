# The server alone, as one binary on Debian. docker-compose.yml shows it with all that it needs.
ARG RUST_VERSION=1

FROM rust:${RUST_VERSION}-slim-bookworm AS build
# OpenSSL and libpq are built from their sources, for TLS to PostgreSQL: that takes make and perl.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# The caches outlive the layer, the binary is copied out of them into it.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --package licentia --bin licentia \
    && install -D target/release/licentia /out/licentia

FROM debian:bookworm-slim AS runtime
# The authorities that a PostgreSQL's certificate may be checked with (sslrootcert).
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin licentia \
    # A new volume takes its owner and mode from the folder it is mounted on.
    && install --directory --owner=licentia --group=licentia --mode=0700 /data /data/keys
COPY --from=build /out/licentia /usr/local/bin/licentia

USER 10001
WORKDIR /data
# The keys lie in it as well, so that forgetting a second volume cannot lose them.
VOLUME /data
ENV LICENTIA_LISTEN=0.0.0.0:8080 \
    LICENTIA_OPS_LISTEN=127.0.0.1:8081 \
    LICENTIA_DATA_DIR=/data \
    LICENTIA_KEYS_DIR=/data/keys \
    LICENTIA_LOG_FORMAT=json
# Operations (/livez, /readyz, /metrics) listen on 8081 inside the container only, for the health
# check. To collect metrics from outside, set LICENTIA_OPS_LISTEN, and never publish its port.
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["licentia", "healthcheck"]
ENTRYPOINT ["licentia"]
CMD ["serve"]
