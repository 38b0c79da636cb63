# The image: the compiled wheel, with the libraries that it was tested with.
#
#   docker build --tag moderation-emulator .
#
# With --build-arg HATCH_BUILD_HOOKS_ENABLE=0 nothing is compiled: it is built in a minute, and calls take more CPU.
FROM python:3.13-slim-bookworm AS build
ARG HATCH_BUILD_HOOKS_ENABLE=1
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev
WORKDIR /source
COPY locks locks
RUN pip install --no-compile --require-hashes --requirement locks/compile.txt
RUN pip wheel --require-hashes --no-deps --wheel-dir /wheels --requirement locks/serve.txt
COPY pyproject.toml README.md LICENSE ./
COPY emulator emulator
COPY moderation_emulator moderation_emulator
COPY fixtures fixtures
COPY schemas schemas
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .
RUN python -m venv --without-pip /opt/moderation-emulator \
    && pip --python /opt/moderation-emulator/bin/python install --no-index --find-links /wheels moderation-emulator

FROM python:3.13-slim-bookworm
COPY --from=build /opt/moderation-emulator /opt/moderation-emulator
# A new volume gets the owner of the folder on which it is mounted. 65534 is nobody.
RUN mkdir /fixtures && install --directory --owner=65534 --group=65534 /state /trust
ENV PATH=/opt/moderation-emulator/bin:$PATH \
    XDG_STATE_HOME=/state \
    MODERATION_EMULATOR_FIXTURES=/fixtures \
    MODERATION_EMULATOR_SERVER__HOST=0.0.0.0 \
    MODERATION_EMULATOR_SERVER__LOG=text
USER 65534:65534
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD ["moderation-emulator", "health"]
ENTRYPOINT ["moderation-emulator"]
CMD ["serve"]
