# The image of the worker (the default), which has the command line too (node dist/cli/main.js), and, with
# `--target simulator`, that of the simulator.
# Debian, because Temporal's core has no build for musl: an Alpine image would not start.

# A release with long-term support.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package needs its install script, and our own would build before the sources are there.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/stampVersion.js scripts/
COPY domain domain
COPY files files
COPY vmc vmc
COPY temporal temporal
COPY activities activities
COPY workflows workflows
COPY client client
COPY cli cli
COPY worker worker
COPY simulator simulator
# The commit, as part of the version.
ARG REVISION
RUN npm run build && mv dist/simulator simulator-dist

FROM node:${NODE_VERSION}-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Temporal's core comes for five platforms, 25 to 30 MB each.
RUN npm ci --omit=dev --ignore-scripts \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM node:${NODE_VERSION}-bookworm-slim AS runtime
# Temporal's core trusts the system's certificates, and the slim image has none: without them there is no TLS to Temporal.
# Without a version: the newest authorities.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY deploy/probe.mjs deploy/
ENV NODE_ENV=production
# By its number: Kubernetes cannot tell whether a name is root (runAsNonRoot).
USER 1000
STOPSIGNAL SIGTERM
ARG VERSION=0.1.0
ARG REVISION
LABEL org.opencontainers.image.title="vmc-cancel" \
  org.opencontainers.image.description="A durable worker on Temporal that cancels VMware Cloud on AWS tasks" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

FROM runtime AS simulator
COPY --from=build /app/simulator-dist dist/simulator
EXPOSE 8480
CMD ["node", "dist/simulator/main.js", "--host", "0.0.0.0"]

FROM runtime AS worker
# Every container has a network of its own, so a fixed port meets no other worker.
ENV VMC_CANCEL_HTTP_ADDRESS=0.0.0.0:9464
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "deploy/probe.mjs"]
CMD ["node", "dist/worker/main.js"]
