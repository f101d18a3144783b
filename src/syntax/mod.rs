//! What the bytes of a Dockerfile say: its instructions, and the shell text inside them.

pub mod shell;
