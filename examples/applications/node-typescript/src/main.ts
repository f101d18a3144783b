// Makes an address of a title. It serves, asks itself, and ends.
import fastify from "fastify";
import { slug } from "./slug";

async function main(): Promise<void> {
  const server = fastify();
  server.get<{ Params: { title: string } }>("/:title", async (request) => ({ slug: slug(request.params.title) }));
  const address = await server.listen({ port: Number(process.env.PORT ?? "8080"), host: "127.0.0.1" });
  const answer = await fetch(`${address}/${encodeURIComponent("Hello, World of Types!")}`);
  console.log(answer.status, await answer.text(), "uid", process.getuid?.());
  await server.close();
}

main();
