//! HTTP servers of this process on ports of this machine: each question is written down and answered as a test says.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A question as it came.
#[derive(Clone, Debug)]
pub struct Question {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Question {
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub delay: Duration,
}

impl Answer {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delay: Duration::ZERO }
    }

    pub fn json(value: &Value) -> Self {
        Self { body: value.to_string().into_bytes(), ..Self::status(200) }
    }

    pub fn manifest(body: &[u8], media_type: &str) -> Self {
        let answer = Self { body: body.to_vec(), ..Self::status(200) };
        answer.with("Content-Type", media_type).with("Docker-Content-Digest", &digest(body))
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

type Script = dyn Fn(&Question) -> Answer + Send + Sync;

/// A server that runs until the process ends.
pub struct Server {
    pub address: SocketAddr,
    questions: Arc<Mutex<Vec<Question>>>,
}

impl Server {
    pub fn new(script: impl Fn(&Question) -> Answer + Send + Sync + 'static) -> Self {
        Self::start(Arc::new(script), None)
    }

    /// A server that speaks HTTPS, and says to who does not that it does.
    pub fn with_tls(config: ServerConfig, script: impl Fn(&Question) -> Answer + Send + Sync + 'static) -> Self {
        Self::start(Arc::new(script), Some(Arc::new(config)))
    }

    fn start(script: Arc<Script>, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let questions = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&questions);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, seen, tls) = (Arc::clone(&script), Arc::clone(&seen), tls.clone());
                thread::spawn(move || serve(stream, tls, &*script, &seen));
            }
        });
        Self { address, questions }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    pub fn questions(&self) -> Vec<Question> {
        self.questions.lock().unwrap().clone()
    }

    /// Method and path of each question, in order.
    pub fn lines(&self) -> Vec<String> {
        self.questions().iter().map(Question::line).collect()
    }
}

fn serve(stream: TcpStream, tls: Option<Arc<ServerConfig>>, script: &Script, seen: &Mutex<Vec<Question>>) {
    let mut first = [0];
    let _ = stream.peek(&mut first);
    const HANDSHAKE: u8 = 22;
    match tls {
        Some(config) if first[0] == HANDSHAKE => {
            let connection = ServerConnection::new(config).unwrap();
            answer(StreamOwned::new(connection, stream), script, seen);
        }
        Some(_) => answer(stream, &|_| Answer::status(400), seen),
        None => answer(stream, script, seen),
    }
}

fn answer(stream: impl Read + Write, script: &Script, seen: &Mutex<Vec<Question>>) {
    let mut reader = BufReader::new(stream);
    let Some(question) = read(&mut reader) else { return };
    seen.lock().unwrap().push(question.clone());
    let answer = script(&question);
    thread::sleep(answer.delay);
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", answer.status);
    answer.headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    head.push_str(&format!("Content-Length: {}\r\n\r\n", answer.body.len()));
    let stream = reader.get_mut();
    let _ = stream.write_all(head.as_bytes());
    if question.method != "HEAD" {
        let _ = stream.write_all(&answer.body);
    }
    let _ = stream.flush();
}

fn read(reader: &mut BufReader<impl Read>) -> Option<Question> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Question { method, path, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

pub fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// What a registry has: manifests and blobs by tag and digest, of every repository alike.
#[derive(Clone, Default)]
pub struct Store(BTreeMap<String, (Vec<u8>, &'static str)>);

impl Store {
    pub fn with(mut self, tag: &str, body: &[u8], media_type: &'static str) -> Self {
        self.0.insert(tag.to_owned(), (body.to_vec(), media_type));
        self.0.insert(digest(body), (body.to_vec(), media_type));
        self
    }

    pub fn answer(&self, question: &Question) -> Answer {
        let name = question.path.rsplit('/').next().unwrap();
        match self.0.get(name) {
            Some((body, media_type)) => Answer::manifest(body, media_type),
            None => Answer::status(404),
        }
    }

    pub fn serve(self) -> Server {
        Server::new(move |question| self.answer(question))
    }
}

/// An index of these platforms; `content` makes the digests of its children differ.
pub fn index(content: &str, platforms: &[&str]) -> Vec<u8> {
    index_of(platforms.iter().map(|platform| (*platform, digest(format!("{content} {platform}").as_bytes()), None)))
}

pub fn index_of<'a>(children: impl Iterator<Item = (&'a str, String, Option<&'a str>)>) -> Vec<u8> {
    let child = |(platform, digest, version): (&str, String, Option<&str>)| {
        let (os, architecture) = platform.split_once('/').unwrap();
        let version = version.map(|version| json!({ "org.opencontainers.image.version": version }));
        json!({
            "mediaType": MANIFEST, "digest": digest, "size": 500,
            "platform": { "os": os, "architecture": architecture },
            "annotations": version.unwrap_or(json!({})),
        })
    };
    let attestation = ("unknown/unknown", digest(b"attestation"), None);
    let children: Vec<_> = children.chain([attestation]).map(child).collect();
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": children }).to_string().into_bytes()
}

/// A manifest whose configuration is `config`.
pub fn manifest(config: &[u8]) -> Vec<u8> {
    let config =
        json!({ "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(config), "size": 1 });
    json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [] }).to_string().into_bytes()
}
