"""Sign-off: OpenSSH's own signatures, a policy that fails closed, and every attack refused with its reason."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from fairnotice.cli.generate import command as generate
from fairnotice.cli.lint import command as lint_command
from fairnotice.cli.preview import command as preview_command
from fairnotice.cli.signoff import command
from fairnotice.flow.catalogue import shipped
from fairnotice.lint.engine import lexicon
from fairnotice.signoff.gallery import build
from fairnotice.signoff.records import SignoffError, approved, lock, request, status
from fairnotice.signoff.renders import write as write_renders
from fairnotice.signoff.ssh import sign

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="install OpenSSH (openssh-client)")
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
POLICY = """roles:
  compliance: [ann@example.org, bo@example.org]
  legal: [liu@example.org]
rules:
  - {messages: [soft-reminder], needs: {compliance: 1, legal: 1}, expires_days: 365}
"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ann", "bo", "liu", "eve"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    return folder


@pytest.fixture
def root(tmp_path: Path, keys: Path) -> Path:
    root = tmp_path / "templates"
    for part in ("messages/soft-reminder", "notices", "brands", "layouts"):
        shutil.copytree(shipped() / part, root / part)
    shutil.copyfile(shipped() / "schema.yaml", root / "schema.yaml")
    (root / "approvals").mkdir()
    (root / "approvals/policy.yaml").write_text(POLICY, encoding="utf-8")
    lines = [
        f'{name}@example.org namespaces="fairnotice-signoff" {(keys / f"{name}.pub").read_text(encoding="utf-8").strip()}'
        for name in ("ann", "bo", "liu")
    ]
    (root / "approvals/allowed_signers").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def decide(
    root: Path,
    keys: Path,
    who: str,
    role: str,
    decision: str = "approve",
    when: dt.datetime = NOW,
    key: str = "",
) -> Path:
    path = request(root, "soft-reminder", decision, f"{who}@example.org", role, "looked at every path", when)
    sign(path, keys / (key or who))
    return path


def both(root: Path, keys: Path) -> tuple[Path, Path]:
    return decide(root, keys, "ann", "compliance"), decide(root, keys, "liu", "legal")


def state(root: Path, when: dt.datetime = NOW) -> str:
    return status(root, "soft-reminder", when).state


def test_two_signatures_approve(root: Path, keys: Path) -> None:
    assert state(root) == "pending"
    decide(root, keys, "ann", "compliance")
    assert state(root) == "pending"
    decide(root, keys, "liu", "legal")
    assert state(root) == "approved"
    assert set(lock(root, NOW)["messages"]) == {"soft-reminder"}
    assert len(approved(root, "soft-reminder", NOW)) == 2


def test_openssh_itself_verifies_our_signature(root: Path, keys: Path) -> None:
    path = decide(root, keys, "ann", "compliance")
    made = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", str(root / "approvals/allowed_signers"), "-I", "ann@example.org", "-n", "fairnotice-signoff", "-s", f"{path}.sig"],
        input=path.read_bytes(), capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0


CHANGES: dict[str, Callable[[Path], object]] = {
    "template": lambda root: append(root / "messages/soft-reminder/sms.zh-CN.txt"),
    "call script": lambda root: append(root / "messages/soft-reminder/call.en-US.yaml", "# x\n"),
    "description": lambda root: append(root / "messages/soft-reminder/message.yaml", "# x\n"),
    "notice": lambda root: append(root / "notices/complaint-channel.zh-CN.txt"),
    "layout": lambda root: append(root / "layouts/email.html"),
    "brand": lambda root: append(root / "brands/demo-bank.yaml", "# x\n"),
    "schema": lambda root: append(root / "schema.yaml", "# x\n"),
    "new file": lambda root: (root / "messages/soft-reminder/sms.en-GB.txt").write_text(
        "x", encoding="utf-8"
    ),
}


def append(path: Path, text: str = " x") -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_any_source_makes_the_approval_stale(what: str, root: Path, keys: Path) -> None:
    both(root, keys)
    lock(root, NOW)
    CHANGES[what](root)
    now = status(root, "soft-reminder", NOW)
    assert now.state == "stale" and any("changed since" in reason for reason in now.reasons)
    with pytest.raises(SignoffError, match="stale"):
        approved(root, "soft-reminder", NOW)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


ATTACKS: dict[str, tuple[Callable[[Path, Path, Path], object], str]] = {
    "record changed": (lambda root, keys, path: path.write_text(path.read_text(encoding="utf-8").replace("looked", "l00ked"), encoding="utf-8"), "does not hold"),
    "signature changed": (lambda root, keys, path: flip(path.with_name(path.name + ".sig")), "does not hold"),
    "signature gone": (lambda root, keys, path: path.with_name(path.name + ".sig").unlink(), "no signature"),
    "another key": (lambda root, keys, path: sign(path, keys / "eve"), "does not hold"),
    "a colleague's key": (lambda root, keys, path: sign(path, keys / "bo"), "does not hold"),
    "signers gone": (lambda root, keys, path: (root / "approvals/allowed_signers").unlink(), "nobody may sign"),
    "role taken away": (lambda root, keys, path: (root / "approvals/policy.yaml").write_text(POLICY.replace("ann@example.org, ", ""), encoding="utf-8"), "does not hold the role"),
    "author approves": (lambda root, keys, path: (root / "messages/soft-reminder/message.yaml").write_text((root / "messages/soft-reminder/message.yaml").read_text(encoding="utf-8").replace("collections-content@example.org", "ann@example.org"), encoding="utf-8"), "may not approve"),
    "huge record": (lambda root, keys, path: path.write_text(" " * 300_000, encoding="utf-8"), "too large"),
    "not a record": (lambda root, keys, path: path.write_text("[" * 5000, encoding="utf-8"), "not a record"),
    "one byte of a source's hash": (lambda root, keys, path: path.write_text(path.read_text(encoding="utf-8").replace('"schema": "', '"schema": "0'), encoding="utf-8"), "does not hold"),
    "control characters": (lambda root, keys, path: path.write_text(path.read_text(encoding="utf-8").replace("looked", "\\u001b[2Jlooked"), encoding="utf-8"), "not a record"),
    "sources that are no mapping": (lambda root, keys, path: path.write_text(re.sub(r'"renders": \{.*?\}', '"renders": []', path.read_text(encoding="utf-8"), flags=re.S), encoding="utf-8"), "not a record"),
    "unknown field": (lambda root, keys, path: path.write_text(path.read_text(encoding="utf-8").replace('"at"', '"more": 1, "at"'), encoding="utf-8"), "not a record"),
    "one byte of a signer's key": (lambda root, keys, path: (root / "approvals/allowed_signers").write_text((root / "approvals/allowed_signers").read_text(encoding="utf-8").replace((keys / "ann.pub").read_text(encoding="utf-8").split()[1][-6:], "AAAAAA"), encoding="utf-8"), "does not hold"),
    "a committed render changed": (lambda root, keys, path: (write_renders(root), flip(root / "renders/soft-reminder/sms.en-GB.txt.render.txt")), "not what the templates say"),
    "a committed render gone": (lambda root, keys, path: (write_renders(root), (root / "renders/soft-reminder/call.zh-CN.yaml.render.txt").unlink()), "not what the templates say"),
    "link": (lambda root, keys, path: (path.rename(root / "elsewhere.json"), path.symlink_to(root / "elsewhere.json")), "is a link"),
}  # fmt: skip


@pytest.mark.parametrize("what", ATTACKS)
def test_an_attack_is_refused_with_its_reason(what: str, root: Path, keys: Path) -> None:
    path, _ = both(root, keys)
    assert state(root) == "approved"
    attack, words = ATTACKS[what]
    attack(root, keys, path)
    now = status(root, "soft-reminder", NOW)
    assert now.state != "approved" and words in " ".join(now.reasons)


def test_a_record_does_not_count_for_another_message(root: Path, keys: Path) -> None:
    path, _ = both(root, keys)
    shutil.copytree(root / "messages/soft-reminder", root / "messages/other")
    (root / "approvals/other").mkdir()
    for one in (path, path.with_name(path.name + ".sig")):
        shutil.copyfile(one, root / "approvals/other" / one.name)
    now = status(root, "other", NOW)
    assert now.state == "pending" and "no rule of the policy" in now.reasons[0]


def test_a_record_of_an_older_state_does_not_approve_a_newer_one(root: Path, keys: Path) -> None:
    old = [one.read_bytes() for one in (*both(root, keys),)]
    template = root / "messages/soft-reminder/sms.en-GB.txt"
    append(template)
    assert state(root) == "stale"
    for number, data in enumerate(old):
        # Replayed under another name, with the signature that was made for it.
        name = f"20261201T00000{number}-x.json"
        (root / "approvals/soft-reminder" / name).write_bytes(data)
    assert state(root) == "stale"


@pytest.mark.parametrize(
    "name", ["../soft-reminder", "soft-reminder/", "/etc", "..", ".", "soft-reminder/../soft-reminder"]
)
def test_a_message_is_a_name_and_no_path(name: str, root: Path, keys: Path) -> None:
    with pytest.raises(OSError, match="there is no message"):
        request(root, name, "approve", "ann@example.org", "compliance", "", NOW)
    asked = ["request", name, "--by", "ann@example.org", "--role", "compliance", "--templates", str(root)]
    made = CliRunner().invoke(command, asked)
    assert made.exit_code == 2 and "there is no message" in made.output


@pytest.mark.parametrize("file", ["policy.yaml", "allowed_signers"])
def test_one_byte_of_what_weighs_signatures_stops_production(file: str, root: Path, keys: Path) -> None:
    both(root, keys)
    lock(root, NOW)
    assert len(approved(root, "soft-reminder", NOW)) == 2
    append(root / "approvals" / file, "\n#")
    with pytest.raises(SignoffError, match="allowed_signers is not what it was"):
        approved(root, "soft-reminder", NOW)


def test_a_review_of_the_difference_counts_upon_an_approved_state(root: Path, keys: Path) -> None:
    first = both(root, keys)
    append(root / "messages/soft-reminder/sms.en-GB.txt")
    later = NOW + dt.timedelta(hours=1)
    for who, role in (("ann", "compliance"), ("liu", "legal")):
        path = request(root, "soft-reminder", "approve", f"{who}@example.org", role, "", later, delta=True)
        assert (
            json.loads(path.read_text(encoding="utf-8"))["delta_from"]
            == json.loads(first[0].read_text(encoding="utf-8"))["digest"]
        )
        sign(path, keys / who)
    assert state(root, later) == "approved"
    for path in first:
        path.unlink()
    now = status(root, "soft-reminder", later)
    assert now.state == "pending" and "reviewed only the difference" in " ".join(now.reasons)


def test_a_difference_from_a_state_that_was_taken_back_does_not_count(root: Path, keys: Path) -> None:
    both(root, keys)
    append(root / "messages/soft-reminder/sms.en-GB.txt")
    later = NOW + dt.timedelta(hours=1)
    path = request(root, "soft-reminder", "approve", "ann@example.org", "compliance", "", later, delta=True)
    sign(path, keys / "ann")
    (root / "messages/soft-reminder/sms.en-GB.txt").write_bytes(
        (shipped() / "messages/soft-reminder/sms.en-GB.txt").read_bytes()
    )
    decide(root, keys, "bo", "compliance", "revoke", later + dt.timedelta(hours=1))
    append(root / "messages/soft-reminder/sms.en-GB.txt")
    assert "reviewed only the difference" in " ".join(status(root, "soft-reminder", later).reasons)


def test_without_an_approval_there_is_no_difference_to_review(root: Path) -> None:
    with pytest.raises(SignoffError, match="only the whole"):
        request(root, "soft-reminder", "approve", "ann@example.org", "compliance", "", NOW, delta=True)


def test_status_names_the_smallest_review(root: Path, keys: Path) -> None:
    run = lambda: CliRunner().invoke(command, ["status", "soft-reminder", "--templates", str(root)])  # noqa: E731
    assert "next: look at the whole: fairnotice preview soft-reminder" in run().output
    decide(root, keys, "ann", "compliance", when=dt.datetime.now(dt.UTC) - dt.timedelta(hours=2))
    decide(root, keys, "liu", "legal", when=dt.datetime.now(dt.UTC) - dt.timedelta(hours=2))
    assert "next:" not in run().output
    append(root / "messages/soft-reminder/sms.en-GB.txt")
    told = run().output
    assert "next: look at the difference (1 of" in told
    assert f"--by liu@example.org --role legal --delta --templates {root}" in told
    assert "--by YOU --role compliance --delta" in told


def test_one_folder_goes_to_an_officer_and_two_files_come_back(
    root: Path, keys: Path, tmp_path: Path
) -> None:
    run = lambda *arguments: CliRunner().invoke(command, [*arguments, "--templates", str(root)])  # noqa: E731
    folder = tmp_path / "for-ann"
    asked = [
        "request",
        "soft-reminder",
        "--by",
        "ann@example.org",
        "--role",
        "compliance",
        "--out",
        str(folder),
    ]
    made = run(*asked)
    assert made.exit_code == 0, made.output
    assert run(*asked).exit_code == 2, "the folder is not empty"
    (record,) = folder.glob("*.json")
    assert {"index.html", "soft-reminder.html", "HOW-TO-SIGN.txt", record.name} <= {
        path.name for path in folder.iterdir()
    }
    assert not list((root / "approvals/soft-reminder").glob("*.json")), "the record comes back through import"
    how = (folder / "HOW-TO-SIGN.txt").read_text(encoding="utf-8")
    (line,) = [line for line in how.splitlines() if "ssh-keygen" in line]
    subprocess.run(
        [*line.split()[:-3], "-f", str(keys / "ann"), str(record)], check=True, capture_output=True
    )
    assert run("import", str(record)).exit_code == 0
    assert "needs 1 more 'legal'" in run("status", "soft-reminder").output


def test_an_old_record_does_not_return(root: Path, keys: Path) -> None:
    both(root, keys)
    decide(root, keys, "ann", "compliance", "revoke", NOW + dt.timedelta(hours=1))
    assert state(root, NOW + dt.timedelta(hours=2)) == "revoked"


def test_a_rejection_stops_it(root: Path, keys: Path) -> None:
    both(root, keys)
    decide(root, keys, "bo", "compliance", "reject", NOW + dt.timedelta(hours=1))
    assert state(root, NOW + dt.timedelta(hours=2)) == "rejected"


def test_approvals_end(root: Path, keys: Path) -> None:
    both(root, keys)
    assert state(root, NOW + dt.timedelta(days=400)) == "expired"


def test_a_signer_outside_the_days_of_their_key_is_refused(root: Path, keys: Path) -> None:
    both(root, keys)
    path = root / "approvals/allowed_signers"
    text = path.read_text(encoding="utf-8").replace('namespaces="', 'valid-before="20200101",namespaces="')
    path.write_text(text, encoding="utf-8")
    assert state(root) == "pending"


@pytest.mark.parametrize("text", ["", "roles: {}\n", "roles: {}\nrules: [{messages: [x]}]\n"])
def test_without_a_whole_policy_nothing_is_approved(text: str, root: Path) -> None:
    (root / "approvals/policy.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SignoffError):
        status(root, "soft-reminder", NOW)
    (root / "approvals/policy.yaml").unlink()
    with pytest.raises(SignoffError, match="without a policy"):
        status(root, "soft-reminder", NOW)


def test_a_lock_edited_by_hand_is_not_believed(root: Path, keys: Path) -> None:
    path = root / "approvals/approved.lock"
    digest = status(root, "soft-reminder", NOW).digest
    weighed_by = {
        name: hashlib.sha256((root / "approvals" / name).read_bytes()).hexdigest()
        for name in ("policy.yaml", "allowed_signers")
    }
    forged = {
        "version": 1,
        "weighed_by": weighed_by,
        "messages": {"soft-reminder": {"digest": digest, "approvals": ["x"]}},
    }
    path.write_text(json.dumps(forged), encoding="utf-8")
    with pytest.raises(SignoffError, match="is pending"):
        approved(root, "soft-reminder", NOW)
    both(root, keys)
    with pytest.raises(SignoffError, match="does not fit"):
        approved(root, "soft-reminder", NOW)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(SignoffError, match="cannot be read"):
        approved(root, "soft-reminder", NOW)


def test_a_link_in_a_message_is_refused(root: Path, keys: Path) -> None:
    (root / "messages/soft-reminder/sms.en-GB.txt").unlink(missing_ok=True)
    (root / "messages/soft-reminder/sms.en-GB.txt").symlink_to("/etc/hostname")
    with pytest.raises(OSError, match="is a link"):
        status(root, "soft-reminder", NOW)


def test_the_commands_from_request_to_production(root: Path, keys: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pip install 'fairnotice[batch]'")
    runner = CliRunner()
    portfolio = tmp_path / "in.jsonl"
    record = {"profile_id": "a", "brand": "demo-bank", "borrower": {"name": "王小明", "locale": "zh-CN", "timezone": "Asia/Shanghai", "jurisdiction": "CN"}, "debt": {"product": "credit-card", "account_tail": "1234", "currency": "CNY", "amount_due": 5, "due_date": "2026-10-01", "as_of": "2026-11-23"}}  # fmt: skip
    portfolio.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    asked = [str(portfolio), "--message", "soft-reminder", "--templates", str(root), "--production", "--out"]
    assert runner.invoke(generate, [*asked, str(tmp_path / "o1")]).exit_code == 2
    for who, role in (("ann", "compliance"), ("liu", "legal")):
        made = runner.invoke(
            command,
            [
                "request",
                "soft-reminder",
                "--by",
                f"{who}@example.org",
                "--role",
                role,
                "--templates",
                str(root),
            ],
        )
        assert made.exit_code == 0
        signed = runner.invoke(command, ["sign", made.output.splitlines()[0], "--key", str(keys / who)])
        assert signed.exit_code == 0
    assert runner.invoke(command, ["verify", "--templates", str(root)]).exit_code == 0
    assert runner.invoke(command, ["lock", "--templates", str(root)]).exit_code == 0
    made = runner.invoke(generate, [*asked, str(tmp_path / "o2")])
    assert made.exit_code == 0, made.output
    import pyarrow.parquet as pq

    (row,) = pq.read_table(tmp_path / "o2/part-00000.parquet").to_pylist()
    assert len(row["approval_ids"]) == 2 and row["status"] == "ok"


def test_the_linter_tells_where_a_message_stands(root: Path, keys: Path) -> None:
    def found() -> list[tuple[str, str]]:
        result = CliRunner().invoke(lint_command, [str(root / "messages"), "--format", "json"])
        assert result.exit_code == 0, result.output
        findings = json.loads(result.output)["findings"]
        return [(one["code"], one["message"]) for one in findings if one["code"][0] == "S"]

    now = dt.datetime.now(dt.UTC)
    ((code, message),) = found()
    assert code == "S101" and "pending" in message and "needs 1 more 'legal'" in message
    decide(root, keys, "ann", "compliance", when=now)
    decide(root, keys, "liu", "legal", when=now)
    assert found() == []
    path = root / "messages/soft-reminder/sms.en-US.txt"
    path.write_text(path.read_text(encoding="utf-8") + " Thank you.", encoding="utf-8")
    ((code, message),) = found()
    assert code == "S102" and "messages/soft-reminder/sms.en-US.txt" in message


def test_what_changed_since_the_approval_is_shown_word_by_word(
    root: Path, keys: Path, tmp_path: Path
) -> None:
    def shown() -> tuple[int, str]:
        made = CliRunner().invoke(
            preview_command, ["soft-reminder", "--diff", "approved", "--templates", str(root)]
        )
        return made.exit_code, made.output

    assert shown() == (1, "soft-reminder: never approved\n")
    decide(root, keys, "ann", "compliance")
    code, text = shown()
    assert code == 0 and "0 sample(s) of" in text
    path = root / "messages/soft-reminder/sms.en-US.txt"
    before = path.read_text(encoding="utf-8")
    assert "ignore" in before
    path.write_text(before.replace("ignore", "disregard"), encoding="utf-8")
    code, text = shown()
    assert code == 1 and "[-ignore-]{+disregard+}" in text
    build(root, tmp_path / "gallery")
    page = (tmp_path / "gallery/soft-reminder.html").read_text(encoding="utf-8")
    assert "<del>ignore</del><ins>disregard</ins>" in page


def test_one_command_says_what_changed_and_whether_it_is_allowed(root: Path, keys: Path) -> None:
    both(root, keys)
    asked = ["soft-reminder", "--diff", "approved", "--templates", str(root)]
    template = root / "messages/soft-reminder/sms.en-GB.txt"
    append(template, " Thank you.")
    told = CliRunner().invoke(preview_command, asked).output
    assert "Thank you.+}" in told and "allowed: no finding blocks it" in told
    assert "changed file: messages/soft-reminder/sms.en-GB.txt" in told
    append(template, " Pay now or we will break your legs.")
    told = CliRunner().invoke(preview_command, asked).output
    assert "NOT ALLOWED" in told and "sms.en-GB.txt:" in told and "T101" in told


def test_what_the_linter_blocks_cannot_be_approved_but_may_be_rejected(root: Path, keys: Path) -> None:
    template = root / "messages/soft-reminder/sms.en-GB.txt"
    append(template, " Pay now or we will break your legs.")
    with pytest.raises(SignoffError, match=r"cannot be approved: messages/soft-reminder/sms.en-GB.txt: T1"):
        request(root, "soft-reminder", "approve", "ann@example.org", "compliance", "", NOW)
    append(template, "{% if borrower.name|length % 7 == 3 %} Rare words.{% endif %}")
    with pytest.raises(SignoffError, match="no sample shows"):
        request(root, "soft-reminder", "approve", "ann@example.org", "compliance", "", NOW)
    decide(root, keys, "ann", "compliance", "reject")
    assert state(root) == "rejected"


def test_an_approval_ends_with_the_waiver_it_rests_on(root: Path, keys: Path) -> None:
    template = root / "messages/soft-reminder/sms.en-GB.txt"
    append(template, " Pay now or we will break your legs.")
    digest = hashlib.sha256(template.read_bytes()).hexdigest()
    waiver = "- {code: CODE, path: messages/soft-reminder/sms.en-GB.txt, text_sha256: SUM, owner: legal@example.org, reason: a test, expires: '2099-01-31'}\n"
    text = "".join(waiver.replace("CODE", code).replace("SUM", digest) for code in ("T101", "T109"))
    (root / "waivers.yaml").write_text(text, encoding="utf-8")
    both(root, keys)
    assert state(root) == "approved"
    (root / "waivers.yaml").unlink()
    now = status(root, "soft-reminder", NOW)
    assert now.state == "drifted" and "the linter allows it no longer" in now.reasons[-1]


def test_what_the_linter_cannot_judge_is_not_approved(root: Path, keys: Path) -> None:
    both(root, keys)
    assert state(root) == "approved"
    (root / "lexicons").mkdir()
    lexicon.cache_clear()
    (root / "lexicons/house.en.yaml").write_text("entries: [", encoding="utf-8")
    assert state(root) != "approved"
    with pytest.raises(SignoffError, match=r"cannot be approved: .*house\.en\.yaml"):
        request(root, "soft-reminder", "approve", "ann@example.org", "compliance", "", NOW)


def test_a_record_tells_what_was_proven(root: Path, keys: Path) -> None:
    path, _ = both(root, keys)
    evidence = json.loads(path.read_text(encoding="utf-8"))["evidence"]
    one = evidence["files"]["messages/soft-reminder/sms.en-GB.txt"]
    assert one["sentences"] == one["shown"] > 3 and one["most_parts"] > 0
    assert "uk" in evidence["packs"] and set(evidence["versions"]) == {"fairnotice", "jinja2", "babel"}
    assert not [code for file in evidence["files"].values() for code in file["findings"] if "error" in code]


def test_a_key_in_an_agent_signs(root: Path, keys: Path) -> None:
    if shutil.which("ssh-agent") is None:
        pytest.skip("install OpenSSH (openssh-client)")
    told = subprocess.run(["ssh-agent", "-s"], check=True, capture_output=True, text=True).stdout
    agent = dict(re.findall(r"(SSH_\w+)=([^;]+);", told))
    try:
        with pytest.MonkeyPatch.context() as patched:
            for name, value in agent.items():
                patched.setenv(name, value)
            subprocess.run(["ssh-add", "-q", str(keys / "ann")], check=True)
            path = request(root, "soft-reminder", "approve", "ann@example.org", "compliance", "", NOW)
            public = root / "ann.pub"
            shutil.copyfile(keys / "ann.pub", public)
            sign(path, public)
    finally:
        subprocess.run(["kill", agent["SSH_AGENT_PID"]], check=True)
    assert "needs 1 more 'legal'" in " ".join(status(root, "soft-reminder", NOW).reasons)
    assert len(status(root, "soft-reminder", NOW).reasons) == 1


def test_approved_words_that_were_tampered_with_are_not_shown(root: Path, keys: Path) -> None:
    decide(root, keys, "ann", "compliance")
    (words,) = (root / "approvals/soft-reminder/words").glob("*.json")
    words.write_text(words.read_text(encoding="utf-8").replace("ignore", "forget"), encoding="utf-8")
    made = CliRunner().invoke(
        preview_command, ["soft-reminder", "--diff", "approved", "--templates", str(root)]
    )
    assert made.exit_code == 2 and "does not hold the words that ann@example.org approved" in made.output


def test_an_examiner_can_check_the_bundle_with_openssh_alone(root: Path, keys: Path, tmp_path: Path) -> None:
    run = lambda *arguments: CliRunner().invoke(command, [*arguments, "--templates", str(root)])  # noqa: E731
    out = tmp_path / "bundle"
    assert run("export", "soft-reminder", "--out", str(out)).exit_code == 2
    now = dt.datetime.now(dt.UTC)
    decide(root, keys, "ann", "compliance", when=now)
    decide(root, keys, "liu", "legal", when=now)
    made = run("export", "--out", str(out))
    assert made.exit_code == 0, made.output
    statement = json.loads((out / "soft-reminder.intoto.json").read_text(encoding="utf-8"))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    for subject in statement["subject"]:
        path = root / subject["name"]
        if path.is_file():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == subject["digest"]["sha256"]
    assert {one["role"] for one in statement["predicate"]["decisions"]} == {"compliance", "legal"}
    records = sorted((out / "records/soft-reminder").glob("*.json"))
    assert len(records) == 2
    for record in records:
        who = json.loads(record.read_text(encoding="utf-8"))["by"]
        checked = ["ssh-keygen", "-Y", "verify", "-f", str(out / "allowed_signers"), "-I", who, "-n", "fairnotice-signoff", "-s", f"{record}.sig"]  # fmt: skip
        subprocess.run(checked, input=record.read_bytes(), check=True, capture_output=True)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=out, check=True)
    page = (out / "evidence.html").read_text(encoding="utf-8")
    assert "ann@example.org" in page and "please ignore this message" in page
    pytest.importorskip("weasyprint", reason="install the dev extra", exc_type=ImportError)
    assert (out / "evidence.pdf").read_bytes().startswith(b"%PDF-")
    assert run("export", "--out", str(out)).exit_code == 2


def test_a_signed_record_is_taken_in_only_if_it_counts(root: Path, keys: Path, tmp_path: Path) -> None:
    run = lambda *arguments: CliRunner().invoke(command, [*arguments, "--templates", str(root)])  # noqa: E731
    path = decide(root, keys, "ann", "compliance", when=dt.datetime.now(dt.UTC))
    elsewhere = tmp_path / path.name
    for ending in ("", ".sig"):
        shutil.move(f"{path}{ending}", f"{elsewhere}{ending}")
    made = run("import", str(elsewhere))
    assert made.exit_code == 0 and path.is_file(), made.output
    assert "is there already" in run("import", str(elsewhere)).output
    for ending in ("", ".sig"):
        Path(f"{path}{ending}").unlink()
    elsewhere.write_text(
        elsewhere.read_text(encoding="utf-8").replace("compliance", "legal"), encoding="utf-8"
    )
    made = run("import", str(elsewhere))
    assert made.exit_code == 2 and not path.exists() and not Path(f"{path}.sig").exists()
