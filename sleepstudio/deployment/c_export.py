"""The model as a C header, as users of TensorFlow Lite Micro include it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Template

from sleepstudio.errors import ConfigurationError

_KEYWORDS = frozenset(
    {
        "alignas", "alignof", "asm", "auto", "bool", "break", "case", "catch", "char", "class", "const",
        "constexpr", "continue", "default", "delete", "do", "double", "else", "enum", "explicit",
        "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long",
        "mutable", "namespace", "new", "nullptr", "operator", "private", "protected", "public",
        "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch",
        "template", "this", "throw", "true", "try", "typedef", "typename", "union", "unsigned", "using",
        "virtual", "void", "volatile", "while",
    }
)  # fmt: skip
_BYTES_PER_LINE = 16

_HEADER = Template("""\
/* An int8 sleep-staging model for TensorFlow Lite Micro.
$description */
#ifndef $guard
#define $guard

#if defined(__cplusplus)
#define ${guard}_ALIGNED alignas(16)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define ${guard}_ALIGNED _Alignas(16)
#else
#define ${guard}_ALIGNED __attribute__((aligned(16)))
#endif

${guard}_ALIGNED static const unsigned char $variable[] = {
$content
};
static const unsigned int ${variable}_len = ${length}u;

#endif /* $guard */
""")


def check_variable_name(name: str) -> str:
    """``name``, where it may name a variable in C and C++. Raises ConfigurationError."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,59}", name) or name in _KEYWORDS:
        raise ConfigurationError(
            f"{name[:80]!r} cannot name a variable in C.",
            where="tflm_var_name",
            hint="Use up to 60 letters, digits and underscores, starting with a letter.",
        )
    return name


def c_header(content: bytes, *, variable: str, description: Mapping[str, str]) -> str:
    """Text of a header that defines ``variable`` (16-byte aligned) and ``<variable>_len``.

    ``description`` goes into the comment above, a line each. C99, C11 and C++. Raises ConfigurationError
    where ``variable`` is no name.
    """
    return _HEADER.substitute(
        description="\n".join(
            f" * {_in_comment(key)}: {_in_comment(value)}" for key, value in description.items()
        ),
        guard=f"{check_variable_name(variable).upper()}_H",
        variable=variable,
        content=",\n".join(_rows(content)),
        length=len(content),
    )


def _rows(content: bytes) -> Iterator[str]:
    for start in range(0, len(content), _BYTES_PER_LINE):
        yield "  " + ", ".join(f"0x{byte:02x}" for byte in content[start : start + _BYTES_PER_LINE])


def _in_comment(text: str) -> str:
    """Text that cannot end the comment it stands in."""
    return (
        "".join(char if char.isprintable() else " " for char in text)
        .replace("*/", "* /")
        .replace("/*", "/ *")
    )
