"""What all tests share: an off-screen Qt, the study data, and user folders of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# A busy machine is slow for a moment, and that says nothing about the program: no law is a matter of time.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Real studies that are not shipped with the project; tests that need them skip without them."""
    folder = os.environ.get("HEATVIEWER_TEST_DATA")
    if not folder:
        pytest.skip("HEATVIEWER_TEST_DATA is not set")
    return Path(folder)


@pytest.fixture(scope="session")
def nilearn_data() -> Path:
    """The folder with nilearn's MNI152 template and motor z-map."""
    import importlib.util

    spec = importlib.util.find_spec("nilearn")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "datasets" / "data"


@pytest.fixture(scope="session")
def mni_path(nilearn_data: Path) -> Path:
    """The MNI152 T1 template at 1 mm."""
    return nilearn_data / "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"


@pytest.fixture(scope="session")
def zmap_path(nilearn_data: Path) -> Path:
    """A motor z-map at 3 mm, stored right to left."""
    return nilearn_data / "image_10426.nii.gz"


@pytest.fixture(autouse=True)
def own_user_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the preferences of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
