"""Decisions on messages: one JSON record each, signed beside it, weighed by a policy that fails closed.

approvals/policy.yaml       who may decide what: roles, how many, for how long
approvals/allowed_signers   OpenSSH's own file: identities and their keys
approvals/<message>/*.json  records, each with `.sig`
approvals/approved.lock     what `generate --production` sends and nothing beyond
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..flow.catalogue import description, read_text
from ..flow.source import TemplateError
from ..flow.strict_yaml import YamlError, load_yaml
from .closure import Closure, closure, is_name
from .ssh import SignatureError, verify

DECISIONS = ("approve", "reject", "revoke")
MAX_RECORD = 200_000
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What could write over a terminal's lines or turn their direction."""
_POLICY_KEYS = frozenset({"roles", "rules"})
_RULE_KEYS = frozenset({"messages", "needs", "expires_days"})


class SignoffError(Exception):
    """Why something is not approved, or cannot be asked; says what to do."""


@dataclass(frozen=True)
class Record:
    """One decision. `at` is UTC, ISO 8601; `digest` and `renders` bind sources and words."""

    version: int
    message: str
    decision: str
    digest: str
    sources: Mapping[str, str]
    renders: Mapping[str, str]
    by: str
    role: str
    at: str
    comment: str
    delta_from: str = ""
    """Digest of the approved state from which only the difference was reviewed; empty where the whole was."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """What the tool had proven when it was decided: coverage, findings, packs, versions."""


@dataclass(frozen=True)
class Entry:
    """A record file by name: the decision where it counts, else why it does not."""

    name: str
    record: Record | None
    fault: str = ""


@dataclass(frozen=True)
class Status:
    """`approved`, `pending`, `stale`, `drifted`, `expired`, `revoked` or `rejected`, with reasons and approval ids."""

    message: str
    state: str
    digest: str
    approvals: tuple[str, ...]
    reasons: tuple[str, ...]
    lacking: tuple[str, ...] = ()
    """Roles that still have to decide, each as often as it is needed."""


def request(
    root: Path,
    message: str,
    decision: str,
    by: str,
    role: str,
    comment: str,
    now: dt.datetime,
    delta: bool = False,
) -> Path:
    """Write an unsigned record of a decision on the message as it is now; gives its path.

    `delta`: only the difference from the last approval was reviewed. Raises `SignoffError` where there is none, and
    for an approval of what the linter blocks or no sample shows.
    """
    if decision not in DECISIONS:
        raise SignoffError(f"a decision is one of {', '.join(DECISIONS)}")
    bound = closure(root, message)
    if decision == "approve" and bound.blocked:
        raise SignoffError(
            f"'{message}' cannot be approved: {'; '.join(bound.blocked)}; run fairnotice preview"
        )
    last = last_approval(root, message, bound.digest) if delta else None
    if delta and last is None:
        raise SignoffError(
            f"nothing of '{message}' is approved: there is no difference to review, only the whole"
        )
    since = last[1].digest if last else ""
    record = Record(
        1, message, decision, bound.digest, bound.sources, bound.renders, by, role, _utc(now), comment, since,
        bound.evidence,
    )  # fmt: skip
    text = json.dumps(asdict(record), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    identity = hashlib.sha256(text.encode()).hexdigest()[:12]
    folder = root / "approvals" / message
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y%m%dT%H%M%S}-{role}-{identity}.json"
    path.write_text(text, encoding="utf-8")
    # What was seen is kept beside the record, so that a later change can be shown word by word; the record binds it.
    words = words_path(root, message, bound.digest)
    words.parent.mkdir(exist_ok=True)
    shown = json.dumps(bound.words, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    words.write_text(shown, encoding="utf-8")
    return path


def words_path(root: Path, message: str, digest: str) -> Path:
    """Where the rendered samples of a decided state are kept."""
    return root / "approvals" / message / "words" / f"{digest[:16]}.json"


def _utc(now: dt.datetime) -> str:
    return now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_record(path: Path) -> Record:
    """A record file; raises `SignoffError` for one that is too large, linked or not complete."""
    if path.is_symlink():
        raise SignoffError(f"{path.name} is a link; records are files")
    if path.stat().st_size > MAX_RECORD:
        raise SignoffError(f"{path.name} is too large to be a record")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        record = Record(**document)
    except (ValueError, TypeError, RecursionError):
        raise SignoffError(f"{path.name} is not a record") from None
    texts = (
        record.message,
        record.decision,
        record.digest,
        record.by,
        record.role,
        record.at,
        record.comment,
        record.delta_from,
    )
    if (
        record.version != 1
        or not all(isinstance(text, str) for text in texts)
        or record.decision not in DECISIONS
        or not all(isinstance(hashes, dict) for hashes in (record.sources, record.renders, record.evidence))
        or _CONTROL.search("".join(texts))
    ):
        raise SignoffError(f"{path.name} is not a record")
    if record.message != path.parent.name:
        raise SignoffError(f"{path.name} speaks of '{record.message}' but lies with '{path.parent.name}'")
    return record


def read_policy(root: Path) -> Mapping[str, Any]:
    """The policy; raises `SignoffError`. Without one nothing is approved."""
    path = root / "approvals/policy.yaml"
    if not path.is_file():
        raise SignoffError(f"{path} does not exist: without a policy nothing is approved")
    try:
        document = load_yaml(read_text(path), str(path))
    except (YamlError, TemplateError) as error:
        raise SignoffError(str(error)) from None
    if not isinstance(document, dict) or set(document) != _POLICY_KEYS:
        raise SignoffError(f"{path}: a policy has exactly 'roles' and 'rules'")
    for rule in document["rules"] or ():
        if not isinstance(rule, dict) or set(rule) != _RULE_KEYS or not rule["needs"]:
            raise SignoffError(f"{path}: a rule has exactly messages, needs, expires_days")
    return document


def _rule(policy: Mapping[str, Any], message: str) -> Mapping[str, Any]:
    for rule in policy["rules"] or ():
        if message in rule["messages"] or "*" in rule["messages"]:
            found: Mapping[str, Any] = rule
            return found
    raise SignoffError(f"no rule of the policy speaks of '{message}': it is not approved")


def history(root: Path, message: str) -> tuple[Entry, ...]:
    """Every record of a message, oldest file first, each judged by policy, signature and what it builds on.

    Raises `SignoffError` where the policy cannot be read.
    """
    policy = read_policy(root)
    author = str(description(root / "messages" / message / "x").get("owner", ""))
    found: list[Entry] = []
    for path in sorted((root / "approvals" / message).glob("*.json")):
        try:
            record = read_record(path)
            _check(record, path, root, policy, author)
        except (SignoffError, SignatureError, OSError) as error:
            found.append(Entry(path.stem, None, str(error)))
            continue
        found.append(Entry(path.stem, record))
    return _grounded(found)


def _grounded(found: list[Entry]) -> tuple[Entry, ...]:
    """Reviews of a difference count only upon an approved state that nobody took back."""
    void = {one.record.digest for one in found if one.record and one.record.decision != "approve"}
    while True:
        bases = [one.record for one in found if one.record and one.record.decision == "approve"]
        loose = [
            place
            for place, one in enumerate(found)
            if one.record
            and one.record.delta_from
            and (
                one.record.delta_from in void
                or not any(base.digest == one.record.delta_from and base.at < one.record.at for base in bases)
            )
        ]
        if not loose:
            return tuple(found)
        for place in loose:
            why = "reviewed only the difference from a state that is not approved; review the whole"
            found[place] = Entry(found[place].name, None, why)


def status(root: Path, message: str, now: dt.datetime, bound: Closure | None = None) -> Status:
    """Where a message stands now; raises `SignoffError` where the policy cannot be read. `bound`: its closure, if at hand."""
    policy = read_policy(root)
    bound = bound or closure(root, message)
    try:
        rule = _rule(policy, message)
    except SignoffError as error:
        return Status(message, "pending", bound.digest, (), (str(error),))
    entries = history(root, message)
    reasons = [f"{one.name}.json: {one.fault}" for one in entries if one.record is None]
    valid = [(one.name, one.record) for one in entries if one.record is not None]
    # The last word of each person counts.
    last: dict[str, tuple[str, Record]] = {}
    for name, record in sorted(valid, key=lambda one: one[1].at):
        last[record.by] = (name, record)
    for state, decision in (("revoked", "revoke"), ("rejected", "reject")):
        for name, record in last.values():
            if record.decision == decision and record.digest == bound.digest:
                return Status(message, state, bound.digest, (name,), (*reasons, record.comment or decision))
    approving = [(name, record) for name, record in last.values() if record.decision == "approve"]
    current = [(name, record) for name, record in approving if record.digest == bound.digest]
    limit = now - dt.timedelta(days=int(rule["expires_days"]))
    fresh = [(name, record) for name, record in current if _time(record.at) >= limit]
    have = {role: sum(record.role == role for _, record in fresh) for role in rule["needs"]}
    lacking = tuple(role for role, count in rule["needs"].items() for _ in range(int(count) - have[role]))
    missing = [f"{lacking.count(role)} more '{role}'" for role in dict.fromkeys(lacking)]
    if not lacking and bound.blocked:
        reasons.append(f"the linter allows it no longer: {'; '.join(bound.blocked)}")
        return Status(message, "drifted", bound.digest, (), tuple(reasons))
    if not lacking and bound.outdated:
        reasons.append(
            f"not what the templates say: {', '.join(bound.outdated)}; run fairnotice preview --write-renders"
        )
        return Status(message, "drifted", bound.digest, (), tuple(reasons))
    if not lacking:
        return Status(message, "approved", bound.digest, tuple(name for name, _ in fresh), tuple(reasons))
    if len(fresh) < len(current):
        state = "expired"
    elif approving and not current:
        newest = approving[-1][1]
        changed = sorted(
            name
            for name in {**newest.sources, **bound.sources}
            if newest.sources.get(name) != bound.sources.get(name)
        )
        state = "stale" if changed else "drifted"
        reasons.append("changed since: " + (", ".join(changed) or "the rendered words"))
    else:
        state = "pending"
    reasons.extend(f"needs {one}" for one in missing)
    return Status(message, state, bound.digest, (), tuple(reasons), lacking)


def take_in(root: Path, record: Path) -> Path:
    """Copy a signed record from elsewhere to its place; raises `SignoffError` or `SignatureError` unless it counts here."""
    if record.is_symlink() or record.stat().st_size > MAX_RECORD:
        raise SignoffError(f"{record.name} is a link or too large to be a record")
    try:
        message = str(json.loads(record.read_text(encoding="utf-8"))["message"])
    except (ValueError, TypeError, KeyError):
        raise SignoffError(f"{record.name} is not a record") from None
    if not is_name(message) or not (root / "messages" / message).is_dir():
        raise SignoffError(f"there is no message '{message}' in {root}")
    target = root / "approvals" / message / record.name
    if target.exists():
        raise SignoffError(f"{target} is there already")
    signature = record.with_name(record.name + ".sig")
    if not signature.is_file():
        raise SignoffError(f"{signature.name} is not beside {record.name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    copies = (target, target.with_name(signature.name))
    try:
        for source, copy in zip((record, signature), copies, strict=True):
            copy.write_bytes(source.read_bytes())
        author = str(description(root / "messages" / message / "x").get("owner", ""))
        _check(read_record(target), target, root, read_policy(root), author)
    except (SignoffError, SignatureError):
        for copy in copies:
            copy.unlink(missing_ok=True)
        raise
    return target


def last_approval(root: Path, message: str, other_than: str = "") -> tuple[str, Record] | None:
    """The newest valid approval of a message, of a state `other_than` a digest; raises `SignoffError` without a policy."""
    found = [(one.name, one.record) for one in history(root, message) if one.record is not None]
    approving = [one for one in found if one[1].decision == "approve" and one[1].digest != other_than]
    return max(approving, key=lambda one: one[1].at, default=None)


def may_decide(root: Path, message: str, role: str) -> tuple[str, ...]:
    """Who holds a role and may approve a message; raises `SignoffError` without a policy."""
    author = str(description(root / "messages" / message / "x").get("owner", ""))
    return tuple(str(one) for one in (read_policy(root)["roles"] or {}).get(role, ()) if one != author)


def _check(record: Record, path: Path, root: Path, policy: Mapping[str, Any], author: str) -> None:
    if record.by not in (policy["roles"] or {}).get(record.role, ()):
        raise SignoffError(f"{record.by} does not hold the role '{record.role}'")
    if record.decision == "approve" and record.by == author:
        raise SignoffError(f"{record.by} wrote the message and may not approve it")
    moment = _time(record.at)
    verify(path, record.by, root / "approvals/allowed_signers", moment.strftime("%Y%m%d%H%M%SZ"))


def _time(text: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        raise SignoffError("the record's time cannot be read") from None


def lock(root: Path, now: dt.datetime) -> dict[str, Any]:
    """Every approved message with its digest and approvals, written to `approvals/approved.lock`."""
    messages = sorted(path.name for path in (root / "messages").iterdir() if path.is_dir())
    states = [status(root, message, now) for message in messages]
    document = {
        "version": 1,
        "weighed_by": _weighed_by(root),
        "messages": {
            one.message: {"digest": one.digest, "approvals": list(one.approvals)}
            for one in states
            if one.state == "approved"
        },
    }
    path = root / "approvals/approved.lock"
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return document


def _weighed_by(root: Path) -> dict[str, str]:
    """Digests of the files that decide whose signature counts."""
    return {
        name: hashlib.sha256((root / "approvals" / name).read_bytes()).hexdigest()
        for name in ("policy.yaml", "allowed_signers")
        if (root / "approvals" / name).is_file()
    }


def approved(root: Path, message: str, now: dt.datetime) -> tuple[str, ...]:
    """Approval ids of a message that may be sent; raises `SignoffError`. The lock alone is not believed: signatures are."""
    path = root / "approvals/approved.lock"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        locked, weighed_by = document["messages"].get(message), document.get("weighed_by")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise SignoffError(f"{path} cannot be read; write it with `fairnotice signoff lock`") from None
    if not isinstance(locked, dict):
        raise SignoffError(f"'{message}' is not in {path}")
    if weighed_by != _weighed_by(root):
        raise SignoffError(
            "policy.yaml or allowed_signers is not what it was when the messages were locked; look at the change, "
            "then run `fairnotice signoff lock`"
        )
    one = status(root, message, now)
    if one.state != "approved":
        raise SignoffError(f"'{message}' is {one.state}: {'; '.join(one.reasons)}")
    if locked.get("digest") != one.digest or list(one.approvals) != locked.get("approvals"):
        raise SignoffError(
            f"{path} does not fit the approvals; write it again with `fairnotice signoff lock`"
        )
    return one.approvals
