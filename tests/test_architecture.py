"""The rules of the house, read from the imports and the files themselves."""

import ast
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
ROOMS = ("app", "stream", "models")
MAY_IMPORT = {"app": {"app", "stream", "models"}, "stream": {"stream", "models"}, "models": {"models"}}

# One library, one door: where each may be imported.
DOORS = {
    "redis": ("stream/bus.py", "stream/frames/server.py"),
    "av": ("stream/sources/", "stream/video_writer.py"),
    "streamlit": ("app/",),
    "torch": ("models/",),
    "sqlite3": ("stream/alerts/",),
    "faster_coco_eval": ("models/evaluation/coco.py",),
    "pydicom": ("stream/sources/", "stream/imaging/", "stream/dicom_writer.py", "stream/dicom_report.py"),
    "nibabel": ("stream/imaging/",),
    "tifffile": ("stream/imaging/",),
    "h5py": ("stream/imaging/",),
    "highdicom": ("stream/imaging/",),
    "PIL": ("stream/imaging/",),
}
# models/ handles arrays, never files of video; the naive script that we measure ourselves against is one on purpose.
READS_VIDEO = ("models/benchmarks/naive_i3d.py",)
WITHOUT_TORCH = ("models/samples.py", "models/results.py", "models/predictor.py", "models/registry.py")


@cache
def shipped_files() -> list[Path]:
    return sorted(path for room in ROOMS for path in (PROJECT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported_modules(path: Path, *, top_level_only: bool = False) -> set[str]:
    tree = tree_of(path)
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    modules: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
    return modules


def roots_of(path: Path) -> set[str]:
    return {module.split(".")[0] for module in imported_modules(path)}


def imports_among_ours() -> dict[str, set[str]]:
    """What each of our modules imports of ours, within functions too."""
    paths = {name_of(path).removesuffix(".py").removesuffix("/__init__"): path for path in shipped_files()}
    ours = {name.replace("/", "."): path for name, path in paths.items()}
    return {module: modules_or_names(path) & ours.keys() for module, path in ours.items()}


def modules_or_names(path: Path) -> set[str]:
    """What a file imports; of `from models import weights` both `models` and `models.weights`."""
    statements = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom)]
    return imported_modules(path) | {f"{node.module}.{name.name}" for node in statements for name in node.names}


def test_imports_run_downward_only() -> None:
    for path in shipped_files():
        upward = roots_of(path) & set(ROOMS) - MAY_IMPORT[name_of(path).split("/")[0]]
        assert not upward, f"{name_of(path)} imports {', '.join(upward)}"


def test_imports_go_round_in_no_circle() -> None:
    waiting = imports_among_ours()
    while free := [module for module, others in waiting.items() if not others & waiting.keys()]:
        for module in free:
            del waiting[module]
    way: list[str] = []
    module = min(waiting, default="")
    while module and module not in way:
        way.append(module)
        module = min(waiting[module] & waiting.keys())
    assert not way, f"{' -> '.join(way[way.index(module) :])} -> {module}; move what they share to a module below both"


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_one_door(library: str) -> None:
    importing = [name_of(path) for path in shipped_files() if library in roots_of(path)]
    assert not [name for name in importing if not name.startswith(DOORS[library])]


def test_models_never_read_video_files() -> None:
    reading = [name_of(path) for path in shipped_files() if "VideoCapture" in path.read_text(encoding="utf-8")]
    assert not [name for name in reading if name.startswith("models/") and name not in READS_VIDEO]


@pytest.mark.parametrize("name", WITHOUT_TORCH)
def test_light_modules_import_no_torch(name: str) -> None:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        path = PROJECT / waiting.pop()
        if name_of(path) in seen or not path.exists():
            continue
        seen.add(name_of(path))
        modules = imported_modules(path, top_level_only=True)
        assert not {module.split(".")[0] for module in modules} & {"torch", "safetensors"}, (
            f"{name_of(path)}, by {name}"
        )
        waiting += [module.replace(".", "/") + ".py" for module in modules if module.split(".")[0] in ROOMS]


def test_relative_imports_are_not_used() -> None:
    for path in shipped_files():
        relative = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom) and node.level]
        assert not relative, name_of(path)


def test_a_file_holds_one_idea() -> None:
    for path in shipped_files():
        limit = 350 if name_of(path).startswith("models/networks/") else 300
        num_lines = len(path.read_text(encoding="utf-8").splitlines())
        assert num_lines <= limit, f"{name_of(path)} has {num_lines} lines"


def test_functions_are_short() -> None:
    for path in shipped_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                num_lines = (node.end_lineno or node.lineno) - node.lineno + 1
                assert num_lines <= 60, f"{name_of(path)}: {node.name} has {num_lines} lines"


def test_rooms_bear_nouns() -> None:
    unnamed = {"util", "utils", "common", "helper", "helpers", "misc"}
    assert not [name_of(path) for path in shipped_files() if path.stem in unnamed]


def test_nothing_in_app_hides_a_package() -> None:
    hidden = {"stream", "models", "streamlit", "redis", "torch", "av", "cv2", "typer"}
    assert not {path.stem for path in (PROJECT / "app").iterdir()} & hidden


def test_nothing_is_pickled() -> None:
    for path in shipped_files():
        roots = {module.split(".")[0] for module in imported_modules(path)}
        assert not roots & {"pickle", "cPickle", "dill", "shelve", "marshal"}, name_of(path)


def test_tests_mirror_the_rooms() -> None:
    folders = {path.parent.relative_to(PROJECT / "tests") for path in (PROJECT / "tests").rglob("*.py")}
    assert not [name for name in sorted(map(str, folders)) if not (PROJECT / name).is_dir()]


def test_tests_and_docker_are_no_packages() -> None:
    assert not list((PROJECT / "tests").rglob("__init__.py")) + list((PROJECT / "docker").rglob("__init__.py"))
