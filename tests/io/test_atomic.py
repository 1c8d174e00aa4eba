"""Files are written whole or not at all, whatever breaks in between."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hadimg.errors import ArgumentTypeError, WriteError
from hadimg.io.atomic import remove_stale, sync_folder, write_bytes

OLD = b"the old content" * 10
NEW = bytes(range(256)) * 300


@pytest.fixture
def target(tmp_path):
    """Make a file that is worth keeping, alone in its folder."""
    path = tmp_path / "picture.jpg"
    path.write_bytes(OLD)
    return path


def assert_untouched(target):
    """Check that the old file is as it was, and nothing lies beside it."""
    assert target.read_bytes() == OLD
    assert [entry.name for entry in target.parent.iterdir()] == [target.name]


def test_new_file_gets_what_the_umask_allows(tmp_path):
    """A new file has the permissions of any other new file."""
    old = os.umask(0o027)
    try:
        write_bytes(tmp_path / "a", NEW, overwrite=False)
    finally:
        os.umask(old)
    assert (tmp_path / "a").read_bytes() == NEW
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o400])
def test_replacing_keeps_permissions(target, mode):
    """A file that replaces another one has its permissions."""
    target.chmod(mode)
    write_bytes(target, NEW, overwrite=True)
    assert target.read_bytes() == NEW
    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_existing_file_is_never_touched_without_overwrite(target):
    """Without permission to overwrite, the old file stays and the way out is named."""
    with pytest.raises(WriteError, match="the file exists") as caught:
        write_bytes(target, NEW, overwrite=False)
    assert caught.value.path == target
    assert_untouched(target)


def test_a_file_that_appears_in_the_last_moment_is_not_replaced(tmp_path, monkeypatch):
    """Somebody else's file wins when it gets the name first."""
    target = tmp_path / "a"
    real = os.link

    def late(source, destination, **keywords):
        target.write_bytes(OLD)
        real(source, destination, **keywords)

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(WriteError, match="the file exists"):
        write_bytes(target, NEW, overwrite=False)
    assert_untouched(target)


def test_a_link_is_followed_when_it_is_overwritten(target):
    """The file behind a link is replaced; the link stays a link."""
    link = target.parent / "link"
    link.symlink_to(target.name)
    write_bytes(link, NEW, overwrite=True)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


@pytest.mark.parametrize("name", ["/dev/full", "folder"])
def test_what_is_no_file_is_not_replaced(tmp_path, name):
    """Folders and devices are refused: `os.replace` would put a file in the place of a device."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(WriteError, match="a folder or a device"):
        write_bytes(tmp_path / name, NEW, overwrite=True)
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


FAULTS = {
    "write": errno.EIO,
    "fsync": errno.EIO,
    "fstat": errno.EIO,
    "replace": errno.EROFS,
    "chmod": errno.EPERM,
    "open": errno.EDQUOT,
}


@pytest.mark.parametrize("call", FAULTS)
def test_any_failing_call_leaves_the_old_file(target, monkeypatch, call):
    """Whichever call of the system fails, the old file stays and the folder is clean."""
    target.chmod(0o640)  # so that the permissions have to be changed

    def fail(*_arguments, **_keywords):
        raise OSError(FAULTS[call], os.strerror(FAULTS[call]))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(WriteError, match=os.strerror(FAULTS[call])) as caught:
            write_bytes(target, NEW, overwrite=True)
    assert isinstance(caught.value.__cause__, OSError)
    assert_untouched(target)


@pytest.mark.parametrize("call", ["write", "link", "fsync"])
def test_any_failing_call_leaves_no_new_file(tmp_path, monkeypatch, call):
    """A new file that cannot be finished leaves nothing."""

    def fail(*_arguments, **_keywords):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(WriteError):
            write_bytes(tmp_path / "a", NEW, overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_interrupt_leaves_the_old_file(target, monkeypatch):
    """Ctrl-C in the middle of writing goes on to the caller and leaves nothing behind."""

    def interrupt(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_bytes(target, NEW, overwrite=True)
    assert_untouched(target)


def test_short_writes_are_continued(tmp_path, monkeypatch):
    """A system that takes a few bytes at a time gets them all."""
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:1000]))
    write_bytes(tmp_path / "a", NEW, overwrite=False)
    assert (tmp_path / "a").read_bytes() == NEW


def test_a_lying_disk_is_noticed(target, monkeypatch):
    """When a write claims ten bytes that never arrived, the size gives it away."""
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[: len(data) - 10]) + 10)
    with pytest.raises(WriteError, match=f"kept {len(NEW) - 10} of {len(NEW)} bytes"):
        write_bytes(target, NEW, overwrite=True)
    assert_untouched(target)


def test_full_device(target, monkeypatch):
    """A device that really has no space left is named as such."""
    real = os.open
    monkeypatch.setattr(os, "open", lambda _path, _flags, _mode=0: real("/dev/full", os.O_WRONLY))
    with pytest.raises(WriteError, match=r"No space left on device \(free some space"):
        write_bytes(target, NEW, overwrite=True)
    assert_untouched(target)


def test_without_hard_links(tmp_path, monkeypatch):
    """Where the file system has no hard links, new files are made and old ones kept all the same."""

    def fail(*_arguments, **_keywords):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", fail)
    write_bytes(tmp_path / "a", OLD, overwrite=False)
    with pytest.raises(WriteError, match="the file exists"):
        write_bytes(tmp_path / "a", NEW, overwrite=False)
    assert_untouched(tmp_path / "a")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(WriteError, match="Operation not permitted"):
        write_bytes(tmp_path / "b", NEW, overwrite=False)
    assert_untouched(tmp_path / "a")


def run_child(code, *arguments, **keywords):
    """Run a program that must end well, and return what it prints."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, **keywords).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is one of POSIX")
def test_file_size_limit_at_many_sizes(target):
    """When the system stops the file at any byte, the old one stays: 24 limits, 24 times."""
    code = """
        import resource, sys
        from hadimg.errors import WriteError
        from hadimg.io.atomic import write_bytes
        refused = 0
        for limit in [0, 1, 2, 511, 512, 4095, 4096, 4097, *range(5000, 76000, 4500)][:24]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                write_bytes(sys.argv[1], bytes(76800), overwrite=True)
            except WriteError as error:
                refused += "File too large" in error.reason
        print(refused)
    """
    assert run_child(code, target) == "24\n"
    assert_untouched(target)


@pytest.mark.skipif(sys.platform == "win32", reason="needs users")
def test_folder_without_permission(open_folder):
    """A folder in which nothing may be made is named, with the way out."""
    folder = open_folder / "fixed"
    folder.mkdir(mode=0o555)
    folder.chmod(0o555)
    code = """
        import os, sys
        from hadimg.errors import WriteError
        from hadimg.io.atomic import write_bytes
        if os.geteuid() == 0:
            os.setegid(65534)
            os.seteuid(65534)
        try:
            write_bytes(sys.argv[1], b"data", overwrite=False)
        except WriteError as error:
            print(error.reason, error.remedy)
    """
    assert run_child(code, folder / "a") == "cannot write: Permission denied choose another folder\n"
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_writer_leaves_whole_files_and_a_temporary_that_is_removed(tmp_path):
    """After SIGKILL at twelve moments the target is old or new, and the next run finds the leftovers."""
    code = """
        import sys
        from hadimg.io.atomic import write_bytes
        print("ready", flush=True)
        contents = [bytes([letter]) * 2_000_000 for letter in b"ab"]
        while True:
            for content in contents:
                write_bytes(sys.argv[1], content, overwrite=True, sync=False)
    """
    target = tmp_path / "a"
    for attempt in range(12):
        command = [sys.executable, "-c", textwrap.dedent(code), str(target)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout.readline() == b"ready\n"
            try:
                child.wait(0.02 + 0.0007 * attempt)
            except subprocess.TimeoutExpired:
                child.kill()
        if target.exists():
            content = target.read_bytes()
            assert len(content) == 2_000_000
            assert len(set(content)) == 1
    leftovers = [entry for entry in tmp_path.iterdir() if entry != target]
    assert remove_stale(tmp_path) == len(leftovers)
    assert [entry for entry in tmp_path.iterdir() if entry != target] == []


def test_only_temporaries_of_dead_processes_are_removed(tmp_path, monkeypatch):
    """What a living process is writing, and what is none of ours, stays."""
    seen = []
    monkeypatch.setattr(
        os, "fsync", lambda _handle: seen.append((remove_stale(tmp_path), len(list(tmp_path.iterdir()))))
    )
    stay = [".hadimg-1-x.part", f".hadimg-{os.getppid()}-0123456789abcdef.part", "a.part", ".hadimg-12.part"]
    go = [f".hadimg-{os.getpid()}-0123456789abcdef.part", ".hadimg-4194999-0123456789abcdef.part"]
    for name in stay + go:
        (tmp_path / name).touch()
    write_bytes(tmp_path / "new", NEW, overwrite=False)
    assert seen == [(2, len(stay) + 1)]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([*stay, "new"])


@pytest.mark.parametrize("name", [b"a\xff\xfe.jpg", b"a\nb\x1b[31m", b"-x", b"%s '\"", b"a" * 255])
def test_odd_names(tmp_path, name):
    """Names may hold any bytes that the file system takes."""
    path = tmp_path / os.fsdecode(name)
    write_bytes(os.fsencode(path), NEW, overwrite=False)
    write_bytes(path, OLD, overwrite=True)
    assert_untouched(path)


@pytest.mark.parametrize("name", ["a\0b", "a" * 256, "missing/a", "", "loop"])
def test_impossible_names(tmp_path, name):
    """A name that no file can have is refused as one of ours."""
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(WriteError):
        write_bytes(f"{tmp_path}/{name}", NEW, overwrite=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["loop"]


def test_wrong_type_of_name():
    """What is no name is refused before anything else."""
    with pytest.raises(ArgumentTypeError, match="path must be a str, bytes or path, got int"):
        write_bytes(3, NEW, overwrite=True)


def test_syncing_a_folder(tmp_path, monkeypatch):
    """A folder that cannot be synced gives a note, not an error."""
    assert sync_folder(tmp_path) is None
    assert "could not be synced" in sync_folder(tmp_path / "missing")

    def fail(_handle):
        raise OSError(errno.EINVAL, "not here")

    monkeypatch.setattr(os, "fsync", fail)
    assert sync_folder(tmp_path) == "the folder could not be synced: not here"
