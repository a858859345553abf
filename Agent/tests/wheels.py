"""Small packages for an index of a test's own."""

import zipfile


def wheel(folder, name, version, program=None, needs=()):
    """A package with nothing but its name, and a program where one is given."""
    info = "%s-%s.dist-info" % (name, version)
    files = {
        "%s/__init__.py" % name: (program or "") + "\n",
        info + "/METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s" % (
            name, version, "".join("Requires-Dist: %s\n" % need for need in needs)),
        info + "/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if program:
        files[info + "/entry_points.txt"] = "[console_scripts]\nllamafactory-cli = %s:main\n" % name
    files[info + "/RECORD"] = "".join("%s,,\n" % path for path in files) + info + "/RECORD,,\n"
    with zipfile.ZipFile(str(folder / ("%s-%s-py3-none-any.whl" % (name, version))), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
