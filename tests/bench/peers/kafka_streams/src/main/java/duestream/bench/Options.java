package duestream.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** --name value pairs over defaults; a name without a default is refused. */
final class Options {
    private final Map<String, String> values = new LinkedHashMap<>();

    Options(String... namesAndDefaults) {
        for (int i = 0; i < namesAndDefaults.length; i += 2) values.put(namesAndDefaults[i], namesAndDefaults[i + 1]);
    }

    Options parse(String[] args, int from) {
        for (int i = from; i < args.length; i += 2) {
            String name = args[i].startsWith("--") ? args[i].substring(2) : "";
            if (!values.containsKey(name)) throw new IllegalArgumentException("no such option: " + args[i] + "; known: " + values.keySet());
            if (i + 1 == args.length) throw new IllegalArgumentException(args[i] + " needs a value");
            values.put(name, args[i + 1]);
        }
        return this;
    }

    String get(String name) {
        String v = values.get(name);
        if (v == null) throw new IllegalArgumentException("--" + name + " is missing");
        return v;
    }

    long number(String name) {
        return Long.parseLong(get(name));
    }
}
