"""Makes the streams and consumers of streams.json, and changes those that differ. Idempotent. Deletes nothing.

Usage: set-streams.py streams.json
Environment: NATS_HOST, NATS_PORT, and one variable per account, which the file names.

Speaks the protocol of the server: its image has no client. Prints no password. Standard library only.
"""

import json
import os
import socket
import sys
import time

TIMEOUT_SECONDS = 10
# The kubelet copies a new login to the servers within about two minutes.
PATIENCE_SECONDS = 300
STREAM_NOT_FOUND = 10059


class Refused(Exception):
    """The server answered with an error."""


class Nats:
    """A connection with one question at a time."""

    def __init__(self, host, port, login, password):
        self.inbox = f"_INBOX.{login}.1"
        self.socket = socket.create_connection((host, port), timeout=TIMEOUT_SECONDS)
        self.lines = self.socket.makefile("rb")
        self.lines.readline()
        options = {"user": login, "pass": password, "verbose": False, "pedantic": False}
        self.send(f"CONNECT {json.dumps(options)}\r\nSUB {self.inbox} 1\r\nPING\r\n")
        while self.line() != "PONG":
            pass

    def send(self, text):
        self.socket.sendall(text.encode())

    def line(self):
        line = self.lines.readline().decode().strip()
        if line == "":
            raise ConnectionError("the server ended the connection")
        if line == "PING":
            self.send("PONG\r\n")
        if line.startswith("-ERR"):
            raise Refused(line)
        return line

    def ask(self, call, body):
        """The answer of JetStream, which can be an error."""
        payload = json.dumps(body)
        self.send(f"PUB $JS.API.{call} {self.inbox} {len(payload.encode())}\r\n{payload}\r\n")
        line = self.line()
        while not line.startswith("MSG "):
            line = self.line()
        answer = self.lines.read(int(line.split(" ")[-1]) + 2)
        return json.loads(answer)


def must(answer):
    if "error" in answer:
        raise Refused(answer["error"]["description"])
    return answer


def set_stream(nats, config, consumers):
    name = config["name"]
    found = nats.ask(f"STREAM.INFO.{name}", {})
    if found.get("error", {}).get("err_code") == STREAM_NOT_FOUND:
        must(nats.ask(f"STREAM.CREATE.{name}", config))
        print(f"stream {name}: made")
    elif any(must(found)["config"].get(key) != value for key, value in config.items()):
        must(nats.ask(f"STREAM.UPDATE.{name}", {**found["config"], **config}))
        print(f"stream {name}: changed")
    for consumer in consumers:
        call = f"CONSUMER.CREATE.{name}.{consumer['name']}"
        must(nats.ask(call, {"stream_name": name, "config": consumer}))


def set_account(account, password):
    nats = Nats(os.environ["NATS_HOST"], int(os.environ["NATS_PORT"]), account["login"], password)
    for stream in account["streams"]:
        try:
            set_stream(nats, stream["config"], stream["consumers"])
        except Refused as problem:
            raise Refused(f"stream {stream['config']['name']}: {problem}") from None


def set_patiently(account, password):
    """Waits for the login, for a server, and for a leader of the cluster."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return set_account(account, password)
        except (Refused, OSError) as problem:
            is_temporary = isinstance(problem, OSError) or "Authorization Violation" in str(problem)
            if not is_temporary or time.monotonic() > give_up:
                raise Refused(f"{account['login']}: {problem}") from None
        time.sleep(1)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        accounts = json.load(file)["accounts"]
    try:
        for account in accounts:
            set_patiently(account, os.environ[account["passwordVariable"]])
    except Refused as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
