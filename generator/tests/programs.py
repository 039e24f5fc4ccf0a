"""Tests that compile and run what they generate."""

import glob
import os
import re
import shutil
import subprocess

from tests.helpers import HERE, DocumentCase
from tests.test_cli import RUNTIME, WARNINGS, run

PROJECT = os.path.dirname(os.path.dirname(HERE))


class Built(DocumentCase):
    """A test that compiles what it generates."""

    def generate(self, document, *more):
        result = run("gen", document, "--base", os.path.dirname(document), "--out", self.folder + "/out", *more)
        self.assertEqual(result, (0, "", ""))

    def run_c(self, source, compiler="gcc", flags=("-fsanitize=address,undefined", "-fno-sanitize-recover=all"), said=""):
        """The output of a program made of source, the generated files and the codec. said: what it prints on stderr."""
        if shutil.which(compiler) is None:
            self.skipTest(f"no {compiler}")
        made = glob.glob(self.folder + "/out/src/*.c")
        parts = ["codec", "handshake", "optional"] + (["schema"] if any(map(_has_checks, made)) else [])
        core = [p for part in parts for p in glob.glob(f"{PROJECT}/runtime/src/{part}/*.c")]
        program = self.folder + "/program"
        places = ["-I", RUNTIME, "-I", self.folder + "/out/include"]
        command = [compiler, "-std=c11", *WARNINGS, "-g", *flags, *places, source, *sorted(made), *sorted(core)]
        built = subprocess.run([*command, "-lm", "-o", program], capture_output=True, text=True, check=False)
        self.assertEqual((built.returncode, built.stderr), (0, ""))
        result = subprocess.run([program], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, said), result.stdout)
        return result.stdout

    def try_manual(self, title, prefix):
        """The document, the program and its output that stand in a section of the manual."""
        with open(os.path.join(PROJECT, "docs", "generator.md"), encoding="utf-8") as stream:
            section = stream.read().partition(f"## {title}\n")[2].partition("\n## ")[0]
        blocks = re.findall(r"```(\w*)\n(.*?)```", section, re.DOTALL)
        options = ["yaml"] if len(blocks) > 3 else []
        self.assertEqual([kind for kind, _ in blocks], ["yaml"] + options + ["c", ""])
        more = ["--options", self.write("options.yaml", blocks[1][1])] if options else ["--prefix", prefix]
        self.generate(self.write(prefix + ".yaml", blocks[0][1]), *more)
        self.assertEqual(self.run_c(self.write("main.c", blocks[-2][1])), blocks[-1][1])


def _has_checks(path):
    with open(path, encoding="utf-8") as stream:
        return "eventwire/schema.h" in stream.read()
