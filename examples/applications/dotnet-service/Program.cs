// Says hello. It serves, asks itself, and ends.
var app = WebApplication.CreateBuilder(args).Build();
app.Urls.Add("http://127.0.0.1:0");
app.MapGet("/", () => "hello");
await app.StartAsync();
using var client = new HttpClient();
Console.WriteLine(await client.GetStringAsync(app.Urls.First()));
await app.StopAsync();
