//! Programs in Java and the other languages of its machine.

use super::{Needs, Source};

/// Code, and settings that a program goes by.
pub(super) fn is_code(path: &str) -> bool {
    const ENDINGS: &[&str] =
        &[".java", ".kt", ".groovy", ".scala", ".clj", ".properties", ".yml", ".yaml", ".xml", ".conf", ".json"];
    path.contains("src/") && !path.contains("src/test/") && ENDINGS.iter().any(|ending| path.ends_with(ending))
}

pub(super) fn needs(sources: &[Source<'_>]) -> Needs {
    Needs::by_signs(sources, OF_SYSTEM, OF_READING, OF_WRITING)
}

/// What starts a program, or needs what only a JDK has.
const OF_SYSTEM: &[&str] = &[
    "ProcessBuilder",
    ".exec(",
    "Process(",
    "javax.tools",
    "com.sun.jdi",
    "com.sun.jna",
    "com.sun.source",
    "com.sun.tools",
    "jdk.",
    "import sun.",
    "\"sun.",
    "System.load",
    "java.home",
    "JAVA_HOME",
    "GRADLE",
    "MAVEN",
    "jcmd",
    "jstack",
    "jmap",
    "attach",
    "Instrumentation",
    "ToolProvider",
    "/opt/",
];

/// What reads a file by its name.
const OF_READING: &[&str] = &[
    "FileInputStream",
    "FileReader",
    "FileSystemResource",
    "addResourceLocations",
    "scala.io",
    "src/main",
    "staticFileLocation",
    "staticFiles.external",
    "user.dir",
];

/// What may write a file.
const OF_WRITING: &[&str] = &[
    "File(",
    "RandomAccessFile",
    "FileChannel",
    "FileOutputStream",
    "FileWriter",
    "Paths.",
    "Path.of",
    "Path(",
    "java.nio.file",
    "java.io.*",
    "kotlin.io.path",
    "file:",
];
