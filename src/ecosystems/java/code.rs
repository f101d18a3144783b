//! Programs in Java and the other languages of its machine.

use crate::programs::{Needs, Source};

/// Code, and settings that a program goes by.
pub(super) fn is_code(path: &str) -> bool {
    const ENDINGS: &[&str] = &[".properties", ".yml", ".yaml", ".xml", ".conf", ".json"];
    is_source(path) || (path.contains("src/") && is_own(path) && ENDINGS.iter().any(|ending| path.ends_with(ending)))
}

pub(super) fn is_source(path: &str) -> bool {
    const ENDINGS: &[&str] = &[".clj", ".groovy", ".java", ".kt", ".scala"];
    is_own(path) && ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// Whether a file is not of tests, nor what a wrapper of a build tool is made of.
fn is_own(path: &str) -> bool {
    const OF_OTHERS: &[&str] =
        &["src/test/", "src/it/", "src/integrationTest/", "src/testFixtures/", "buildSrc/", ".mvn/"];
    let path = format!("/{path}");
    !OF_OTHERS.iter().any(|folder| path.contains(&format!("/{folder}")))
}

pub(super) fn needs(sources: &[Source<'_>], _: &[String]) -> Needs {
    Needs::by_signs(sources, OF_SYSTEM, OF_READING, OF_WRITING)
}

/// What starts a program, or needs what only a JDK has.
const OF_SYSTEM: &[&str] = &[
    "DefaultExecutor",
    "ProcessBuilder",
    "clojure.java.shell",
    "os.proc(",
    "sys.process",
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
    "BlockHound",
    "ByteBuddyAgent",
    ".attach(",
    "keytool",
    "Instrumentation",
    "ToolProvider",
    "/opt/",
];

/// What reads a file by its name.
const OF_READING: &[&str] = &[
    "FileInputStream",
    "Location.EXTERNAL",
    "externalLocation",
    "files(\"",
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
    "(spit ",
    "File(",
    "FSDirectory",
    "FileSystem.SYSTEM",
    "FileUtils.",
    "FileAppender",
    "FileHandler",
    "MapDB",
    "PrintStream(\"",
    "PrintWriter(\"",
    "RandomAccessFile",
    "better.files",
    "clojure.java.io",
    "com.google.common.io.Files",
    "jdbc:derby",
    "jdbc:h2:.",
    "jdbc:h2:/",
    "jdbc:h2:~",
    "jdbc:sqlite",
    "os.Path(",
    "os.makeDir",
    "os.pwd",
    "server.tomcat.basedir",
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
