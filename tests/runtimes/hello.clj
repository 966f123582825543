(println "hello from clojure" (reduce + (range 1000)) (apply str (interpose "," (map #(* % %) (range 5)))))
(println @(future (Thread/sleep 10) :done) (count (pmap inc (range 100))))
(shutdown-agents)
