use std::io::Read;
fn main() {
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text).unwrap();
    let file = dockeropt::syntax::Dockerfile::parse(text);
    println!("{}", serde_json::to_string(&dockeropt::syntax::tree::Tree::of(&file)).unwrap());
}
