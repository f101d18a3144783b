package org.example;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** Tells the weather of some cities. It serves, asks itself, and ends. */
public final class Weather {
    public static void main(String[] arguments) throws Exception {
        byte[] cities = Weather.class.getResourceAsStream("/cities.txt").readAllBytes();
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, cities.length);
            exchange.getResponseBody().write(cities);
            exchange.close();
        });
        server.start();
        URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        var answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
        System.out.print(answer.statusCode() + " " + answer.body());
        server.stop(0);
        System.exit(0);
    }
}
