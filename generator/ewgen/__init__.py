"""ewgen compiles AsyncAPI 3 and OpenAPI 3.1 documents into C11 codecs.

Four stages, each a module: load (files and references), model (types), plan (what stands in C), render (text).
"""

# The version of the contract between generated files and the codec they are compiled against.
CODEC_ABI = 11

# Of the project.
VERSION = "0.1.0"
