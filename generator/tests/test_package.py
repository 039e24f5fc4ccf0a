"""The Python package: `pip install` gives a command that has everything it reads."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from tests.helpers import HERE
from ewgen import VERSION

GENERATOR = os.path.dirname(HERE)
NEEDED = ("pip", "setuptools", "wheel")


def files_below(folder):
    found = set()
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        found.update(os.path.relpath(os.path.join(place, name), folder) for name in names)
    return found


class PackageTest(unittest.TestCase):
    def setUp(self):
        missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            self.skipTest(f"no {' and no '.join(missing)}")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        # setuptools builds beside the sources, which stay as they are.
        sources = os.path.join(self.folder, "generator")
        leave_out = shutil.ignore_patterns("__pycache__", "tests", "build", "*.egg-info")
        shutil.copytree(GENERATOR, sources, ignore=leave_out)
        self.installed = os.path.join(self.folder, "installed")
        options = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
        result = subprocess.run(
            [sys.executable, "-m", "pip", "install", *options, "--target", self.installed, sources],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(result.returncode, 0, result.stderr)

    def ewgen(self, *arguments):
        environment = dict(os.environ, PYTHONPATH=self.installed)
        command = [os.path.join(self.installed, "bin", "ewgen"), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=self.folder)
        return result.returncode, result.stdout, result.stderr

    def test_the_command_runs_and_has_its_data(self):
        self.assertEqual(self.ewgen("--version"), (0, f"ewgen {VERSION}\n", ""))
        self.assertEqual(
            files_below(os.path.join(self.installed, "ewgen")), files_below(os.path.join(GENERATOR, "ewgen"))
        )
        with open(os.path.join(self.folder, "meta.json"), "w", encoding="utf-8") as stream:
            stream.write('{"$ref": "http://json-schema.org/draft-07/schema#"}')
        status, _, err = self.ewgen("gen", "--schema", "meta.json", "--prefix", "meta", "--out", "out")
        self.assertEqual(status, 0, err)
        self.assertTrue(os.path.isfile(os.path.join(self.folder, "out", "src", "meta.c")))


if __name__ == "__main__":
    unittest.main()
