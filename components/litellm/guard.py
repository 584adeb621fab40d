"""What callers can ask of the gateway: a LiteLLM callback. litellm_settings.callbacks names one of the instances below.

- It rejects calls of a kind that needs no model of the configuration, and fields that control LiteLLM itself: cache,
  tracing, routing.
- It decides what is cached. LiteLLM's cache key leaves out every field that LiteLLM does not know, and joins the others
  without separators. So each request has its own namespace in the cache: a digest of the whole request and of the
  callers that share answers. A request that does not pass through here is not cached (cache_params.mode: default_off).
- Without the admin interface, it serves the paths of routes.json alone: LiteLLM has no setting for that.

Documentation: https://docs.litellm.ai/docs/proxy/call_hooks. Checked with LiteLLM 1.108.10.
"""

import hashlib
import json
from pathlib import Path

import litellm
from fastapi import HTTPException
from litellm.integrations.custom_logger import CustomLogger
from litellm.litellm_core_utils.model_param_helper import ModelParamHelper
from litellm.proxy import proxy_server
from litellm.proxy.common_utils.admin_ui_utils import is_admin_ui_disabled
from litellm.types.utils import is_litellm_owned_kwarg
from starlette.responses import JSONResponse
from starlette.websockets import WebSocketClose

# Calls without files, whose whole request is JSON. LiteLLM never reads embeddings in the mode default_off.
CACHED_CALLS = frozenset({"acompletion", "anthropic_messages", "aresponses", "atext_completion"})
# Each of these names a model of the configuration. Other kinds reach providers, files and tools without one.
CALLS = CACHED_CALLS | {"aembedding", "aspeech", "image_generation", "moderation", "rerank", "transcription"}

# LiteLLM sets these before this hook runs, from headers and for streams. They can change the answer.
SERVER_FIELDS = frozenset({"_litellm_strip_stream_usage", "api_version", "provider_specific_header"})
# LiteLLM sets these before this hook runs, and drops those of callers. They do not change the answer of a model.
LOG_FIELDS = frozenset(
    {
        "_router_weights",
        "client_side_timeout",
        "litellm_call_id",
        "litellm_logging_obj",
        "litellm_session_id",
        "litellm_trace_id",
        "proxy_server_request",
        "secret_fields",
    }
)
LOG_METADATA = frozenset({"headers", "session_id", "trace_id", "used_client_oauth_token"})
METADATA = frozenset({"litellm_metadata", "metadata"})
# LiteLLM's list of its own fields lacks this one, and LiteLLM reads a cache key in it.
CONTROL_FIELDS = frozenset({"litellm_params"})
# They take messages and answers out of traces.
CONTROL_HEADERS = frozenset({"litellm-enable-message-redaction", "x-litellm-enable-message-redaction"})


class Guard(CustomLogger):
    """`scope` maps the authenticated key to the callers that share its answers. None disables the cache."""

    def __init__(self, scope):
        super().__init__()
        self.scope = scope

    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        if call_type not in CALLS:
            raise HTTPException(403, f"the gateway does not serve calls of the kind {call_type}")
        reject_controls(data, (data.get("proxy_server_request") or {}).get("headers") or {})
        scope = self.scope(user_api_key_dict)
        if call_type in CACHED_CALLS and litellm.cache is not None and scope is not None and is_known(data):
            digest = digest_of(scope, call_type, data)
            data["cache"] = {"use-cache": True, "namespace": f"{litellm.cache.namespace}:{digest}"}
        return data


def reject_controls(data, headers):
    own = SERVER_FIELDS | LOG_FIELDS | METADATA
    found = [name for name in data if name in CONTROL_FIELDS or (is_litellm_owned_kwarg(name) and name not in own)]
    found += [name for name in headers if name.lower() in CONTROL_HEADERS]
    if found:
        raise HTTPException(400, f"only the gateway itself can set {', '.join(sorted(found))}")


def is_known(data):
    """A field that LiteLLM does not know may be for the model or for LiteLLM. Such a request is not cached."""
    return data.keys() <= ModelParamHelper.get_all_llm_api_params() | SERVER_FIELDS | LOG_FIELDS | METADATA


def digest_of(scope, call_type, data):
    fields = {name: value for name, value in data.items() if name not in LOG_FIELDS | METADATA}
    # The caller's own metadata. LiteLLM adds others, which differ for each request.
    own = [data[name]["requester_metadata"] for name in sorted(METADATA) if "requester_metadata" in data.get(name, ())]
    metadata = [{name: value for name, value in each.items() if name not in LOG_METADATA} for each in own]
    text = json.dumps([scope, call_type, fields, metadata], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Paths:
    """ASGI middleware that answers 404 for every other path, and closes every WebSocket."""

    def __init__(self, app, paths):
        self.app = app
        self.paths = paths

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"] in self.paths):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await JSONResponse({"detail": "Not Found"}, 404)(scope, receive, send)
        else:
            await WebSocketClose()(scope, receive, send)


def serve(paths):
    """LiteLLM loads this module when its application has already started, so `add_middleware` is too late."""
    app = proxy_server.app
    app.middleware_stack = Paths(app.middleware_stack or app.build_middleware_stack(), paths)


def key_of(auth):
    return auth.api_key and ["key", auth.api_key]


def team_of(auth):
    return ["team", auth.team_id] if auth.team_id else key_of(auth)


if is_admin_ui_disabled():
    routes = json.loads(Path(__file__).with_name("routes.json").read_text(encoding="utf-8"))
    serve(frozenset(routes["callers"] + routes["platform"]))

key = Guard(key_of)
team = Guard(team_of)
everyone = Guard(lambda auth: ["everyone"])
