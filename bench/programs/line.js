console.log("result");
