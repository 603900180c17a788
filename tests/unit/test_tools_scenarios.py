# SPDX-License-Identifier: BSD-3-Clause
"""Each verb of src/model/verb.def has its scenario on real Xen in tests/vm/verbs.py, which does that verb; without a machine."""
import ast
import inspect
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../vm'))
import verbs  # noqa: E402


def texts(source):
    """The strings of a program, but for its functions' and its own documentation."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [node.value for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs]


def does(source, verb):
    """Whether a string says it alone, for a loop, or behind the command's name."""
    said = texts(source)
    return verb in said or any(re.search(rf'gridnix {verb}(?![\w-])', text) for text in said)


class Scenarios(unittest.TestCase):
    def test_each_verb_has_one(self):
        self.assertIn('start', verbs.table())
        self.assertEqual(verbs.faults(verbs.table()), [])

    def test_each_does_its_verb(self):
        self.assertEqual([verb for verb, part in verbs.SCENARIOS.items()
                          if not does(inspect.getsource(part), verb)], [])

    def test_a_verb_without_one_is_found(self):
        names = [name for name in verbs.table() if name != 'adopt']
        self.assertEqual(verbs.faults([*names, 'dance']),
                         ['dance: has no scenario', 'adopt: has a scenario, and is no verb'])

    def test_one_that_does_something_else_is_found(self):
        source = '"""gridnix dance"""\nrun("gridnix dance-on x")\nfor verb in ("leap",):\n    run(f"gridnix {verb}")\n'
        self.assertEqual([does(source, verb) for verb in ('dance', 'leap', 'dance-on')], [False, True, True])


if __name__ == '__main__':
    unittest.main()
