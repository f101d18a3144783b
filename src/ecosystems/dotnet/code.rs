//! Programs for .NET in C# and its other languages, and what their project says of them.

use crate::programs::{Needs, Source, members_anywhere};

pub(super) fn is_code(path: &str) -> bool {
    let is_settings = path.ends_with(".config") || (path.ends_with(".json") && !path.ends_with("launchSettings.json"));
    is_project(path) || is_source(path) || (is_own(path) && is_settings)
}

pub(super) fn is_source(path: &str) -> bool {
    const ENDINGS: &[&str] = &[".cs", ".cshtml", ".fs", ".fsx", ".razor", ".vb", ".vbhtml"];
    is_own(path) && ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// Whether a file is neither made by a build nor of tests.
fn is_own(path: &str) -> bool {
    const OF_TESTS: &[&str] = &["test", "tests"];
    let mut folders = path.split('/').rev().skip(1);
    folders.all(|folder| {
        let is_of_tests = OF_TESTS.contains(&folder.rsplit('.').next().unwrap_or(folder).to_ascii_lowercase().as_str());
        folder != "bin" && folder != "obj" && !is_of_tests
    })
}

pub(crate) fn is_project(path: &str) -> bool {
    path.ends_with(".csproj")
}

/// What is in a `.csproj`.
#[derive(Clone, Copy)]
pub(crate) struct Project<'t>(pub &'t str);

impl<'t> Project<'t> {
    /// What stands in the element called `name`, if there is one.
    pub fn element(self, name: &str) -> Option<&'t str> {
        let start = format!("<{name}>");
        let mut parts = self.0.split(&start).skip(1);
        let (only, second) = (parts.next()?, parts.next());
        second.is_none().then(|| only.split('<').next().map(str::trim))?
    }

    /// The name behind `Sdk=` in its first element.
    pub fn sdk(self) -> Option<&'t str> {
        let start = self.0.split_once("<Project")?.1.split('>').next()?;
        start.split_once("Sdk=\"")?.1.split('"').next()
    }

    /// What each element that begins with `start` includes; empty where that is not written out.
    fn included(self, start: &'static str) -> impl Iterator<Item = &'t str> {
        let found = self.0.split(start).skip(1).filter_map(|rest| rest.split('>').next());
        found.map(|rest| {
            rest.split_once("Include=\"").map_or("", |(_, name)| name.split('"').next().unwrap_or_default())
        })
    }
}

pub(super) fn needs(sources: &[Source<'_>], _: &[String]) -> Needs {
    let (projects, code): (Vec<Source<'_>>, Vec<Source<'_>>) =
        sources.iter().copied().partition(|(path, _)| is_project(path));
    let mut needs = Needs::by_signs(&code, OF_SYSTEM, &[], &[]);
    let starts = code.iter().find(|(_, text)| members_anywhere(text, "Process").any(|member| member == "Start"));
    needs.system = needs.system.or_else(|| starts.map(|(path, _)| format!("`{path}` has `Process.Start`")));
    let of_project = match projects.as_slice() {
        [(path, text)] => special(text).map(|because| format!("`{path}` {because}")),
        [] => Some("no project says what it is made of".to_owned()),
        [_, (path, _), ..] => Some(format!("`{path}` is a second project")),
    };
    needs.image = of_project.or_else(|| Needs::by_signs(&code, OF_IMAGE, &[], OF_FILES).any().cloned());
    needs
}

/// What may write a file, wherever that is.
pub(super) fn writes(sources: &[Source<'_>]) -> Option<String> {
    sources.iter().filter(|(path, _)| is_source(path)).find_map(|(path, text)| {
        let of_class = |class: &'static str, reading: &[&str]| {
            let member = members_anywhere(text, class).find(|member| !reading.contains(member))?;
            Some(format!("{class}.{member}"))
        };
        let call = of_class("File", OF_FILE_READING).or_else(|| of_class("Directory", OF_DIRECTORY_READING));
        let sign = call.or_else(|| Some(OF_WRITING.iter().find(|sign| text.contains(**sign))?.to_string()))?;
        Some(format!("`{path}` has `{}`", sign.trim_end_matches(['(', '"', '$'])))
    })
}

/// What a project has that may tie the program to the image.
fn special(text: &str) -> Option<String> {
    if let Some(sign) = OF_PROJECT.iter().find(|sign| text.contains(**sign)) {
        return Some(format!("has `{sign}`"));
    }
    // Its names may be in any case, which nobody writes.
    if text.matches("<PackageReference").count() != text.to_ascii_lowercase().matches("<packagereference").count() {
        return Some("cannot be read".to_owned());
    }
    let mut packages = Project(text).included("<PackageReference");
    let is_of = |package: &str, known: &str| package == known || package.starts_with(&format!("{known}."));
    let foreign = packages.find(|package| !PACKAGES.iter().any(|known| is_of(package, known)))?;
    Some(format!("depends on `{foreign}`"))
}

/// Packages without native parts that need nothing of the system, with all whose names go on behind a dot.
const PACKAGES: &[&str] = &[
    "Asp.Versioning",
    "AutoMapper",
    "Carter",
    "CsvHelper",
    "Dapper",
    "FastEndpoints",
    "FluentValidation",
    "Humanizer",
    "Mapster",
    "MediatR",
    "MessagePack",
    "Microsoft.AspNetCore.Mvc.NewtonsoftJson",
    "Microsoft.AspNetCore.OpenApi",
    "Microsoft.EntityFrameworkCore.InMemory",
    "Microsoft.Extensions.Configuration",
    "Microsoft.Extensions.DependencyInjection",
    "Microsoft.Extensions.Hosting",
    "Microsoft.Extensions.Http",
    "Microsoft.Extensions.Logging",
    "Microsoft.Extensions.Options",
    "Microsoft.VisualStudio.Azure.Containers.Tools.Targets",
    "Newtonsoft.Json",
    "Polly",
    "RabbitMQ.Client",
    "Scalar.AspNetCore",
    "Serilog.AspNetCore",
    "Serilog.Sinks.Console",
    "StackExchange.Redis",
    "Swashbuckle.AspNetCore",
    "System.Reactive",
    "System.Text.Json",
];

/// What in a project makes other files, or another kind of program.
const OF_PROJECT: &[&str] = &[
    "Condition",
    "ContentRootPath",
    "<Exec",
    "<Import",
    "<None",
    "<Content",
    "<Target ",
    "<Target>",
    "<UsingTask",
    "Aot",
    "AppHost",
    "FrameworkReference",
    "HintPath",
    "Mobile",
    "OutputPath",
    "Platform",
    "PreserveCompilation",
    "ProjectReference",
    "PublishDir",
    "PublishSingleFile",
    "PublishTrimmed",
    "RollForward",
    "RuntimeFramework",
    "RuntimeIdentifier",
    "RuntimeHost",
    "SelfContained",
    "Spa",
    "TargetFrameworks",
    "UseW",
    "<Reference",
];

/// What starts a program, is native, or asks who runs it.
const OF_SYSTEM: &[&str] = &[
    "= System.Diagnostics.Process",
    "Cli.Wrap",
    "CliWrap",
    "DllImport",
    "IsPrivilegedProcess",
    "LibraryImport",
    "NativeLibrary",
    "SocketType.Raw",
    "StartInfo",
    "UserName == \"root\"",
    "new Ping(",
    "static System.Diagnostics.Process",
];

/// What goes by something that only one of the images has.
const OF_IMAGE: &[&str] = &[
    "AppDomain",
    "Assembly.Load",
    "CSharpCompilation",
    "CredentialCache",
    "DOTNET_",
    "GetFolderPath",
    "Kerberos",
    "Marshal.",
    "Microsoft.CodeAnalysis",
    "Negotiate",
    "NetworkCredential",
    "Ntlm",
    "Process(",
    "Process.",
    "RuntimeCompilation",
    "System.Diagnostics.Process",
    "System.DirectoryServices",
    "System.Drawing",
    "System.Management",
    "UseDefaultCredentials",
    "UseSystemd",
    "dotnet ",
];

/// What of the class `File` only reads.
const OF_FILE_READING: &[&str] = &[
    "Exists",
    "GetAttributes",
    "GetCreationTime",
    "GetCreationTimeUtc",
    "GetLastWriteTime",
    "GetLastWriteTimeUtc",
    "OpenRead",
    "OpenText",
    "ReadAllBytes",
    "ReadAllBytesAsync",
    "ReadAllLines",
    "ReadAllLinesAsync",
    "ReadAllText",
    "ReadAllTextAsync",
    "ReadLines",
    "ReadLinesAsync",
];

/// What of the class `Directory` only reads.
const OF_DIRECTORY_READING: &[&str] = &[
    "EnumerateDirectories",
    "EnumerateFileSystemEntries",
    "EnumerateFiles",
    "Exists",
    "GetCurrentDirectory",
    "GetDirectories",
    "GetDirectoryRoot",
    "GetFileSystemEntries",
    "GetFiles",
    "GetParent",
];

/// What else may write a file.
const OF_WRITING: &[&str] = &[
    ".Save($\"",
    ".Save(\"",
    ".Save(path",
    ".SaveAsync($\"",
    ".SaveAsync(\"",
    ".SaveAsync(path",
    "= System.IO.",
    "AddFile(",
    "DirectoryInfo",
    "EventLog",
    "FileInfo",
    "FileStream",
    "FileSystem.",
    "GetFolderPath",
    "IsolatedStorage",
    "ListenUnixSocket",
    "LiteDatabase",
    "MemoryMappedFile",
    "PersistKeysToFileSystem",
    "SaveAs(",
    "SetUnixFileMode",
    "SqliteConnection",
    "StreamWriter(",
    "TextWriterTraceListener",
    "UnixDomainSocketEndPoint",
    "UseSqlite",
    "WriteTo.File",
    "WriteTo.RollingFile",
    "XmlWriter.Create(\"",
    "ZipFile.",
    "static System.IO",
];

/// What opens a file by its name, outside the folder of the program.
const OF_FILES: &[&str] = &["\"../", "\"..\\", "@\"..", "bin/", "obj/", ".csproj", ".pfx", ".pem"];
