"""Tests with connections between two pods whether network policies are enforced.

Usage: probe.py serve PORT...
       probe.py ask PATIENCE_SECONDS HOST ALLOWED_PORT FORBIDDEN_PORT...

The server listens on all ports before it accepts connections. The client succeeds when it reaches the allowed port and no
forbidden port, three times in a row: a policy can take a moment to apply to a new pod. Standard library only.
"""

import selectors
import signal
import socket
import sys
import time

CONNECT_SECONDS = 2
STEADY_ROUNDS = 3
# The kubelet reads the termination message of a container here.
LAST_WORDS = "/dev/termination-log"


def serve(ports):
    """Accepts connections and closes them."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    dual = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if dual else socket.AF_INET
    waiting = selectors.DefaultSelector()
    for port in ports:
        listener = socket.create_server(("", port), family=family, dualstack_ipv6=dual)
        waiting.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            connection, _ = key.fileobj.accept()
            connection.close()


def connects(host, port):
    """Whether a connection succeeds."""
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
        return True
    except OSError:
        return False


def what_is_wrong(host, allowed, forbidden):
    """The problem of a round; None if there is none."""
    if not connects(host, allowed):
        return f"{host}:{allowed} cannot be reached, though policies allow it: nothing is known of the rest"
    reached = [port for port in forbidden if connects(host, port)]
    if reached:
        return f"network policies are not enforced: {host} was reached on {reached}, which they forbid"
    return None


def ask(patience_seconds, host, allowed, forbidden):
    """Returns after enough good rounds, or fails with the problem."""
    give_up = time.monotonic() + patience_seconds
    good = 0
    while True:
        problem = what_is_wrong(host, allowed, forbidden)
        good = 0 if problem else good + 1
        if good == STEADY_ROUNDS:
            print(f"network policies are enforced: {host} was reached on {allowed}, and not on {forbidden}")
            return
        if problem and time.monotonic() > give_up:
            fail(problem)
        time.sleep(1 if problem else 0)


def fail(text):
    """Fails with a message in the log and in the status of the pod."""
    try:
        # This mode never creates the file.
        with open(LAST_WORDS, "r+", encoding="utf-8") as words:
            words.write(text)
    except OSError:
        pass
    sys.exit(text)


if sys.argv[1] == "serve":
    serve([int(port) for port in sys.argv[2:]])
else:
    patience, host, *ports = sys.argv[2:]
    first, *others = [int(port) for port in ports]
    ask(float(patience), host, first, others)
