"""Applies the teams and virtual keys of registrations.json to LiteLLM. Idempotent.

Environment: LITELLM_URL, LITELLM_MASTER_KEY, REGISTRATIONS (path), and one variable per key, which the file names.
Prints and stores no key, and sends none in an address. Standard library only.
"""

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

MANAGED_BY = "llm-platform"
# How long a replaced key stays valid, so that pods that still use it can roll.
GRACE = "1h"
TIMEOUT_SECONDS = 30
TRIES = 5


class Refused(Exception):
    """LiteLLM answered with an error."""

    def __init__(self, path, status, message):
        super().__init__(f"{path}: {status} {message}")
        self.status = status


def call(method, path, body=None):
    """Sends a request and returns the response. Retries on connection errors and on gateway errors (502 and above)."""
    request = urllib.request.Request(
        os.environ["LITELLM_URL"] + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + os.environ["LITELLM_MASTER_KEY"], "Content-Type": "application/json"},
    )
    for attempt in range(TRIES):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            # First the secrets, then the end: half a key would not be recognised.
            status, message = error.code, without_secrets(error.read().decode(errors="replace"))[:500]
            if status < 502 or attempt == TRIES - 1:
                raise Refused(path.partition("?")[0], status, message) from None
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            if attempt == TRIES - 1:
                raise SystemExit(f"{method} {path.partition('?')[0]}: {getattr(error, 'reason', error)}") from None
        time.sleep(2**attempt)
    raise AssertionError("unreachable")


def without_secrets(text):
    """LiteLLM can repeat a key in a message."""
    for name, value in os.environ.items():
        if value and (name == "LITELLM_MASTER_KEY" or name.startswith("KEY_")):
            text = text.replace(value, "[secret]")
    return text


def update_or_create(update_path, create_path, body, creation):
    """Updates first: creating an existing object changes nothing or fails."""
    try:
        call("POST", update_path, body)
        return "updated"
    except Refused as error:
        if error.status != 404:
            raise
    call("POST", create_path, {**body, **creation})
    return "created"


def digest(key):
    """The identifier of a key in LiteLLM."""
    return hashlib.sha256(key.encode()).hexdigest()


def managed_keys():
    """All existing keys that this script has created."""
    found, page, pages = [], 1, 1
    while page <= pages:
        query = urllib.parse.urlencode({"return_full_object": "true", "size": 100, "page": page})
        answer = call("GET", "/key/list?" + query)
        found += [key for key in answer["keys"] if (key.get("metadata") or {}).get("managed_by") == MANAGED_BY]
        page, pages = page + 1, answer["total_pages"]
    return found


def register_key(wanted, existing):
    name, key = wanted["name"], os.environ[wanted["variable"]]
    token = digest(key)
    # A new key of the same user starts with the spend of the old key, so that it does not reset the budget.
    others = [other for other in existing if other["metadata"].get("name") == name and other["token"] != token]
    spend = max((other.get("spend") or 0 for other in others), default=0)
    body = {
        **wanted["limits"],
        "key": key,
        "key_alias": f"{name}-{token[:8]}",
        "metadata": {"managed_by": MANAGED_BY, "name": name},
        # An old key that is used again may already have an expiry.
        "duration": None,
    }
    print(f"key {name}:", update_or_create("/key/update", "/key/generate", body, {"spend": spend}))
    return token


def retire(key, names):
    """Lets a replaced key expire, and deletes the key of a removed user."""
    name = key["metadata"].get("name")
    if name not in names:
        call("POST", "/key/delete", {"keys": [key["token"]]})
        print(f"key {name}: deleted")
    elif key.get("expires") is None:
        call("POST", "/key/update", {"key": key["token"], "duration": GRACE})
        print(f"key {name}: the one before ends in {GRACE}")


def main():
    with open(os.environ["REGISTRATIONS"], encoding="utf-8") as file:
        wanted = json.load(file)
    for team in wanted["teams"]:
        print(f"team {team['team_id']}:", update_or_create("/team/update", "/team/new", team, {}))
    existing = managed_keys()
    current = {register_key(key, existing) for key in wanted["keys"]}
    names = {key["name"] for key in wanted["keys"]}
    for key in existing:
        if key["token"] not in current:
            retire(key, names)


if __name__ == "__main__":
    try:
        main()
    except Refused as error:
        sys.exit(str(error))
