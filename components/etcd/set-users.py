"""Applies the users, roles and passwords of users.json to etcd, and enables authentication. Idempotent.

Usage: set-users.py users.json
Environment: ETCD_URL, ROOT_PASSWORD, and one variable per user, which the file names.

Uses HTTP instead of etcdctl, which reads a new password from its arguments or from a shell. etcd's image has no shell.
Deletes users and roles that the file does not name, but never keys. Prints no password. Standard library only.
"""

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.request

ROOT = "root"
TIMEOUT_SECONDS = 10
# How long a server may take to start, to elect a leader, or to become reachable.
PATIENCE_SECONDS = 60


class Refused(Exception):
    """etcd answered with an error."""


class Etcd:
    """The authentication API of etcd, with the token of the current user."""

    def __init__(self, url):
        self.url = url
        self.token = None

    def call(self, method, **body):
        """Sends a request, and retries while the server is unavailable."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.request(method, body)
            except (urllib.error.URLError, ConnectionError, TimeoutError) as problem:
                if isinstance(problem, urllib.error.HTTPError) and problem.code < 500:
                    raise Refused(f"{method}: {reason(problem)}") from None
                if time.monotonic() > give_up:
                    raise Refused(f"{method}: no answer from {self.url}: {problem}") from None
                time.sleep(1)

    def request(self, method, body):
        headers = {"Content-Type": "application/json"}
        if self.token is not None:
            headers["Authorization"] = self.token
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/v3/auth/{method}", data, headers)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return json.load(response)

    def token_of(self, user, password):
        """None if the password is wrong or authentication is disabled."""
        try:
            return self.call("authenticate", name=user, password=password)["token"]
        except Refused as problem:
            if "invalid user ID or password" in str(problem) or "is not enabled" in str(problem):
                return None
            raise

    def authentication_is_on(self):
        try:
            return self.call("status").get("enabled", False)
        except Refused as problem:
            # The error for requests without authentication.
            if "user name is empty" in str(problem):
                return True
            raise


def reason(problem):
    try:
        return json.load(problem)["message"]
    except (ValueError, KeyError):
        return f"HTTP {problem.code}"


def encode(key):
    return base64.b64encode(key).decode()


def range_end(prefix):
    """The first key after all keys with a prefix."""
    return prefix[:-1] + bytes([prefix[-1] + 1])


def set_role(etcd, name, prefix, roles):
    if name not in roles:
        etcd.call("role/add", name=name)
    wanted = ("READWRITE", encode(prefix), encode(range_end(prefix)))
    has = [
        (found.get("permType", "READ"), found.get("key", ""), found.get("range_end", ""))
        for found in etcd.call("role/get", role=name).get("perm", [])
    ]
    for _, key, end in (found for found in has if found != wanted):
        etcd.call("role/revoke", role=name, key=key, range_end=end)
    if wanted not in has:
        permission = {"permType": wanted[0], "key": wanted[1], "range_end": wanted[2]}
        etcd.call("role/grant", name=name, perm=permission)


def set_user(etcd, name, password, users):
    if name not in users:
        etcd.call("user/add", name=name, password=password)
        print(f"user {name}: made")
    elif etcd.token_of(name, password) is None:
        etcd.call("user/changepw", name=name, password=password)
        print(f"user {name}: has the password of its Secret again")
    # Each user has the role with its name.
    has = etcd.call("user/get", name=name).get("roles", [])
    for role in (found for found in has if found != name):
        etcd.call("user/revoke", name=name, role=role)
    if name not in has:
        etcd.call("user/grant", user=name, role=name)


def set_all(etcd, root_password, wanted, passwords):
    is_on = etcd.authentication_is_on()
    if is_on:
        etcd.token = etcd.token_of(ROOT, root_password)
        if etcd.token is None:
            raise Refused("the password of root is not the one that this cluster was given first")
    users = etcd.call("user/list").get("users", [])
    roles = etcd.call("role/list").get("roles", [])
    if ROOT not in roles:
        etcd.call("role/add", name=ROOT)
    set_user(etcd, ROOT, root_password, users)
    names = [ROOT, *(user["name"] for user in wanted)]
    for user in wanted:
        set_role(etcd, user["name"], user["keyPrefix"].encode(), roles)
        set_user(etcd, user["name"], passwords[user["name"]], users)
    for name in (found for found in users if found not in names):
        etcd.call("user/delete", name=name)
        print(f"user {name}: deleted")
    for name in (found for found in roles if found not in names):
        etcd.call("role/delete", role=name)
    if not is_on:
        etcd.call("enable")
        print("authentication: on")


def read_password(variable):
    password = os.environ.get(variable, "")
    if password == "":
        raise Refused(f"{variable} is not set")
    return password


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        wanted = json.load(file)["users"]
    try:
        root_password = read_password("ROOT_PASSWORD")
        passwords = {user["name"]: read_password(user["passwordVariable"]) for user in wanted}
        set_all(Etcd(os.environ["ETCD_URL"]), root_password, wanted, passwords)
    except Refused as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
