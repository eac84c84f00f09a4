"""Signatures by OpenSSH itself: `ssh-keygen -Y sign` and `-Y verify` (PROTOCOL.sshsig), agent and security keys included."""

from __future__ import annotations

import subprocess
from pathlib import Path

NAMESPACE = "fairnotice-signoff"


class SignatureError(Exception):
    """A signature that could not be made or does not hold; says why."""


def sign(record: Path, key: Path) -> Path:
    """Sign a record file; its signature lies beside it, with `.sig` added."""
    signature = record.with_name(record.name + ".sig")
    signature.unlink(missing_ok=True)
    made = _run(["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(record)], b"")
    if made.returncode or not signature.is_file():
        raise SignatureError(f"ssh-keygen could not sign: {_why(made)}")
    return signature


def verify(record: Path, identity: str, allowed_signers: Path, at: str) -> None:
    """Raise `SignatureError` unless the record carries this identity's signature, valid at `at` (YYYYMMDDHHMMSSZ)."""
    signature = record.with_name(record.name + ".sig")
    if not signature.is_file():
        raise SignatureError("there is no signature beside the record")
    if not allowed_signers.is_file():
        raise SignatureError(f"{allowed_signers} does not exist: nobody may sign")
    command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed_signers), "-I", identity, "-n", NAMESPACE, "-s", str(signature), "-O", f"verify-time={at}"]  # fmt: skip
    made = _run(command, record.read_bytes())
    if made.returncode:
        raise SignatureError(f"the signature of {identity} does not hold: {_why(made)}")


def _run(command: list[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, input=data, capture_output=True, check=False, timeout=120)
    except FileNotFoundError:
        raise SignatureError("ssh-keygen is not installed; install OpenSSH (openssh-client)") from None
    except subprocess.TimeoutExpired:
        raise SignatureError("ssh-keygen did not answer in two minutes") from None


def _why(made: subprocess.CompletedProcess[bytes]) -> str:
    text = (made.stderr or made.stdout).decode(errors="replace").strip()
    return text.splitlines()[-1] if text else f"exit code {made.returncode}"
