#!/usr/bin/env python3
"""Runs the steps of a Dockerfile without an engine: each stage is a folder, a copy of a base system, and its steps run in it.

  image_steps.py --dockerfile FILE --context DIR --base DIR --work DIR      builds; the last line names the last stage's folder
  image_steps.py --enter DIR [--user NAME] -- COMMAND...                     runs a command in a stage's folder

Needs root (chroot, mount). The base stands for whatever FROM names; a step that it does not know is refused, not passed over.
What it mounts nobody else sees, and it is gone with this process, however that ends.
"""
import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

KNOWN = {"FROM", "COPY", "WORKDIR", "RUN", "USER", "VOLUME", "ENTRYPOINT", "CMD", "ENV", "EXPOSE"}


OWN_MOUNTS = "IMAGE_STEPS_OWN_MOUNTS"


def with_own_mounts():
    """Starts this program again in a mount namespace: whoever deletes a stage's folder must not find this machine's /dev in it."""
    if OWN_MOUNTS not in os.environ:
        os.environ[OWN_MOUNTS] = "yes"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])


def steps_of(path):
    """Yields (line number, instruction, the rest), with continued lines joined."""
    text, first = "", 0
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        if not text and (not line.strip() or line.lstrip().startswith("#")):
            continue
        first = first or number
        text += line.rstrip("\n")
        if text.endswith("\\"):
            text = text[:-1]
            continue
        word, _, rest = text.strip().partition(" ")
        if word.upper() not in KNOWN:
            sys.exit(f"{path}:{first}: {word} is not a step that this program knows")
        yield first, word.upper(), rest.strip()
        text, first = "", 0


@contextlib.contextmanager
def mounted(root):
    """/proc, /dev and /sys of this machine in `root`, and its way to the network."""
    done = []
    try:
        for what in ("proc", "sys", "dev"):
            target = os.path.join(root, what)
            os.makedirs(target, exist_ok=True)
            subprocess.run(["mount", "--rbind", "/" + what, target], check=True)
            subprocess.run(["mount", "--make-rslave", target], check=True)
            done.append(target)
        shutil.copyfile("/etc/resolv.conf", os.path.join(root, "etc/resolv.conf"))
        shutil.copyfile("/etc/hosts", os.path.join(root, "etc/hosts"))
        yield
    finally:
        for target in reversed(done):
            subprocess.run(["umount", "-R", "-l", target], check=False)


def enter(root, command, workdir="/", user=None, env=None):
    """Runs a command inside; returns its exit code."""
    inside = ["chroot"] + ([f"--userspec={user}"] if user else []) + [root, "/bin/sh", "-c", f"cd {shlex.quote(workdir)} && {command}"]
    clean = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root",
             "DEBIAN_FRONTEND": "noninteractive", **(env or {})}
    with mounted(root):
        return subprocess.run(inside, env=clean, check=False, stdin=subprocess.DEVNULL).returncode


def ignored(context):
    try:
        return [line.strip() for line in open(os.path.join(context, ".dockerignore"), encoding="utf-8") if line.strip()]
    except FileNotFoundError:
        return []


def copy(source, target, leave_out=()):
    os.makedirs(target if os.path.isdir(source) else os.path.dirname(target), exist_ok=True)
    if os.path.isdir(source):
        out = [f"--exclude={name}" for name in leave_out]
        subprocess.run(f"tar -C {shlex.quote(source)} {' '.join(out)} -cf - . | tar -C {shlex.quote(target)} -xf -", shell=True, check=True)
    else:
        shutil.copy2(source, target)


class Image:
    def __init__(self, arguments):
        self.arguments = arguments
        self.stages = {}
        self.root, self.workdir, self.user, self.env = None, "/", None, {}

    def path(self, inside):
        return os.path.join(self.root, os.path.join(self.workdir, inside).lstrip("/"))

    def step(self, word, rest):
        getattr(self, "do_" + word.lower())(rest)

    def do_from(self, rest):
        name = re.search(r"\bAS\s+(\S+)", rest, re.IGNORECASE)
        key = name.group(1) if name else f"stage{len(self.stages)}"
        self.root = os.path.join(self.arguments.work, key)
        self.workdir, self.user, self.env = "/", None, {}
        self.stages[key] = self.root
        shutil.rmtree(self.root, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", self.arguments.base, self.root], check=True)

    def do_copy(self, rest):
        words = shlex.split(rest)
        origin, leave_out = self.arguments.context, ignored(self.arguments.context)
        if words[0].startswith("--from="):
            origin, leave_out = self.stages[words.pop(0)[7:]], ()
        for source in words[:-1]:
            copy(os.path.join(origin, source.lstrip("/")), self.path(words[-1]), leave_out)

    def do_workdir(self, rest):
        self.workdir = rest
        os.makedirs(self.path("."), exist_ok=True)

    def do_run(self, rest):
        code = enter(self.root, rest, self.workdir, self.user, self.env)
        if code != 0:
            sys.exit(f"exit code {code} of: RUN {rest}")

    def do_user(self, rest):
        self.user = rest

    def do_env(self, rest):
        self.env.update(pair.split("=", 1) for pair in shlex.split(rest))

    def do_volume(self, rest):
        os.makedirs(self.path(rest), exist_ok=True)

    def do_entrypoint(self, rest):
        json.loads(rest)

    do_cmd = do_entrypoint

    def do_expose(self, rest):
        int(rest)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("dockerfile", "context", "base", "work", "enter", "user"):
        parser.add_argument("--" + name)
    parser.add_argument("--workdir", default="/")
    parser.add_argument("command", nargs="*")
    arguments = parser.parse_args()
    with_own_mounts()
    if arguments.enter:
        return enter(arguments.enter, shlex.join(arguments.command), arguments.workdir, arguments.user)
    image = Image(arguments)
    for number, word, rest in steps_of(arguments.dockerfile):
        print(f"step {number}: {word} {rest}", flush=True)
        image.step(word, rest)
    print(image.root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
