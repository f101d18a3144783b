//! Programs in Java and the other languages of its machine.

use super::{Needs, Source};

/// Code, and settings that a program goes by.
pub(super) fn is_code(path: &str) -> bool {
    const ENDINGS: &[&str] =
        &[".java", ".kt", ".groovy", ".scala", ".clj", ".properties", ".yml", ".yaml", ".xml", ".conf", ".json"];
    path.contains("src/") && !path.contains("src/test/") && ENDINGS.iter().any(|ending| path.ends_with(ending))
}

pub(super) fn needs(sources: &[Source<'_>]) -> Needs {
    Needs::by_signs(sources, OF_SYSTEM, OF_FILES)
}

/// What starts a program, or needs what only a JDK has.
const OF_SYSTEM: &[&str] = &[
    "ProcessBuilder",
    ".exec(",
    "Process(",
    "javax.tools",
    "com.sun.",
    "jdk.",
    "sun.",
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

/// What opens a file by its name.
const OF_FILES: &[&str] = &[
    "File(",
    "FileInputStream",
    "FileReader",
    "RandomAccessFile",
    "FileChannel",
    "Paths.",
    "Path.of",
    "Path(",
    "java.nio.file",
    "java.io.*",
    "kotlin.io.path",
    "scala.io",
    "user.dir",
    "FileSystemResource",
    "file:",
    "src/main",
    "addResourceLocations",
    "staticFiles.external",
    "staticFileLocation",
];
