"""What Open WebUI sends to a model about a chat: a title, tags and such are wanted, and nothing is asked.

Told from questions by how it is built, whatever its words: one message that begins with a heading, shows the JSON that
is wanted, and holds the chat between tags, each turn after the role that it has there.
"""

import re
from collections.abc import Callable, Sequence

import msgspec

from service.answers import Turn

_HEADING = re.compile(r"\s*#{1,6} ")
_TURN = re.compile(r"(?:USER|ASSISTANT|SYSTEM|TOOL): ?")
_ASKED = re.compile(r"^USER: ?(.*?)(?=^ASSISTANT:|\Z)", re.DOTALL | re.MULTILINE)
_WANTED = re.compile(r"[{,]\s*\"(title|tags|follow_ups|queries|prompt|text)\"\s*:")
_EMOJI = re.compile(r"\bemoji\b", re.IGNORECASE)
_LONGEST_TITLE = 60


def task_reply(said: Sequence[Turn]) -> str | None:
    """Give a reply that Open WebUI can read, if this is a prompt of its own and no question; no model makes it."""
    if len(said) != 1:
        return None
    text = said[0].text
    if _wants_emoji(text):
        return ""
    before, _, rest = text.partition("<chat_history>")
    chat, closed, after = rest.rpartition("</chat_history>")
    chat = chat.strip()
    if not closed or not _HEADING.match(before) or not (_TURN.match(chat) or not chat):
        return None
    wanted = _WANTED.search(before) or _WANTED.search(after)
    return msgspec.json.encode(_REPLIES[wanted[1]](chat)).decode() if wanted else None


def _wants_emoji(text: str) -> bool:
    """Tell whether an emoji for a message is wanted, the one prompt that neither has a heading nor wants JSON."""
    before, quoted, message = text.partition("\nMessage: ```")
    return bool(quoted and message.rstrip().endswith("```") and "?" not in before and _EMOJI.search(before))


def _title(chat: str) -> dict[str, str]:
    """Make a title of what was asked first."""
    asked = _ASKED.search(chat)
    title = " ".join(asked[1].split()) if asked else ""
    if len(title) > _LONGEST_TITLE:
        cut = title[: _LONGEST_TITLE - 1]
        title = f"{cut.rpartition(' ')[0] or cut}…"
    return {"title": title}


_REPLIES: dict[str, Callable[[str], object]] = {
    "title": _title,
    "tags": lambda _: {"tags": []},
    "follow_ups": lambda _: {"follow_ups": []},
    "queries": lambda _: {"queries": []},
    "prompt": lambda _: {"prompt": ""},
    "text": lambda _: {"text": ""},
}
