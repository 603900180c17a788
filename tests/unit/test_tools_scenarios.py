# SPDX-License-Identifier: BSD-3-Clause
"""Each verb of src/model/verb.def is done to a guest on real Xen by tests/vm/verbs.py."""
import ast
import os
import re
import unittest

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')


def read(path):
    with open(os.path.join(TREE, path), encoding='utf-8') as f:
        return f.read()


def texts(source):
    """The strings of a program, but for its functions' and its own documentation."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [node.value for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs]


def missing(verbs, source):
    """Those that no string says alone, for a loop, or behind the command's name."""
    said = texts(source)
    return [verb for verb in verbs
            if verb not in said and not any(re.search(rf'gridnix {verb}(?![\w-])', text) for text in said)]


class Scenarios(unittest.TestCase):
    def test_each_verb_has_one(self):
        verbs = re.findall(r'^X\(\w+, "(.+?)"', read('src/model/verb.def'), re.M)
        self.assertIn('start', verbs)
        self.assertEqual(missing(verbs, read('tests/vm/verbs.py')), [])

    def test_a_verb_without_one_is_found(self):
        source = '"""gridnix dance"""\nrun("gridnix dance-on x")\nfor verb in ("leap",):\n    run(f"gridnix {verb}")\n'
        self.assertEqual(missing(['dance', 'leap', 'dance-on'], source), ['dance'])


if __name__ == '__main__':
    unittest.main()
