"""One serving process. `up` starts several on one listening socket; the kernel shares the visitors out."""

import socket
from typing import cast

import uvicorn
from fastapi import FastAPI

# What is being answered when the portal stops is answered to its end, if that takes no longer than this.
GRACE_S = 10


class Server(uvicorn.Server):
    """Pages that listen for changes would listen on until they are cut off: they are told to go before anybody is waited for."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        state = cast("FastAPI", self.config.loaded_app).state
        state.streams.stop(state.reader.versions)
        await super().shutdown(sockets)


def serve(descriptor: int) -> None:
    """Serve on the socket that `up` opened, until SIGTERM."""
    config = uvicorn.Config(
        "app.main:create_app",
        factory=True,
        http="httptools",
        loop="uvloop",
        lifespan="on",
        access_log=False,  # the portal logs each request itself, with its id
        server_header=False,
        proxy_headers=False,  # app/delivery believes those proxies that TRUSTED_PROXIES names, and only them
        timeout_graceful_shutdown=GRACE_S,
        backlog=2048,
        log_level="warning",
    )
    Server(config).run(sockets=[socket.socket(fileno=descriptor)])
