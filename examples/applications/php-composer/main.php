<?php
// Writes a line to a log that knows the standard for logs.
require __DIR__ . "/vendor/autoload.php";

$log = new class extends Psr\Log\AbstractLogger {
    public function log($level, string|\Stringable $message, array $context = []): void
    {
        echo "[$level] $message\n";
    }
};
$log->info("hello");
