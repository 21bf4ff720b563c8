"""One serving process. `up` starts several on one listening socket; the kernel shares the visitors out."""

import socket

import uvicorn

# What is being answered when the portal stops is answered to its end, if that takes no longer than this.
GRACE_S = 10


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
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])
