# dockeropt in an image of its own, with nothing beside it:
#   docker build -t dockeropt .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" dockeropt fix --diff

FROM rust:1.98-slim-trixie AS build
WORKDIR /src
COPY . .
# Linked with all of its libraries, since the image has none.
ENV RUSTFLAGS="-C target-feature=+crt-static"
RUN cargo build --profile dist --locked --target "$(rustc --print host-tuple)" \
    && install -D "target/$(rustc --print host-tuple)/dist/dockeropt" /image/usr/local/bin/dockeropt \
    && install -D -m 644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt

FROM scratch
COPY --from=build /image /
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["dockeropt"]
CMD ["--help"]
