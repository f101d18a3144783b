<?php

require __DIR__ . '/../vendor/autoload.php';

$dispatcher = FastRoute\simpleDispatcher(function (FastRoute\RouteCollector $routes) {
    $routes->addRoute('GET', '/{name}', fn (string $name) => "Nothing is known of $name.\n");
});

[$found, $handler, $values] = $dispatcher->dispatch('GET', strtok($_SERVER['REQUEST_URI'], '?')) + [1 => null, 2 => []];
echo $found === FastRoute\Dispatcher::FOUND ? $handler(...$values) : "No such page.\n";
