# One image for the worker (the default), the simulator (node dist/simulator/main.js) and the command line (node dist/cli/main.js).
# Debian, because Temporal's core has no build for musl: an Alpine image would not start.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package needs its install script, and our own would build before the sources are there.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
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
RUN npm run build

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24.21.0-bookworm-slim
# Temporal's core trusts the system's certificates, and the slim image has none: without them there is no TLS to Temporal.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY deploy/probe.mjs deploy/
# Every container has a network of its own, so a fixed port meets no other worker.
ENV NODE_ENV=production VMC_CANCEL_HTTP_ADDRESS=0.0.0.0:9464
EXPOSE 9464
USER node
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "deploy/probe.mjs"]
CMD ["node", "dist/worker/main.js"]
