package org.example;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntSupplier;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Computes an expression by compiling it. */
public final class Calc {
    public static void main(String[] arguments) throws Exception {
        String expression = arguments.length > 0 ? arguments[0] : "6 * 7";
        Path folder = Files.createTempDirectory("calc");
        Path source = folder.resolve("Expression.java");
        Files.writeString(source, "public class Expression implements java.util.function.IntSupplier {"
                + " public int getAsInt() { return " + expression + "; } }");
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler.run(null, null, null, source.toString()) != 0) {
            System.exit(1);
        }
        try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            var computed = (IntSupplier) loader.loadClass("Expression").getDeclaredConstructor().newInstance();
            System.out.println(expression + " = " + computed.getAsInt());
        }
    }
}
